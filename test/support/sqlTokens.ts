/**
 * A statement's words as Postgres's lexer takes them apart (scan.l), less what is between them.
 *
 * @param standard whether a backslash in a plain literal is nothing but one
 * @throws Error where a quote does not end
 */
export function tokens(sql: string, standard = true): string[] {
  const found: string[] = [];
  let rest = sql;
  const forms: RegExp[] = [
    /^\s+/,
    /^--[^\n]*/,
    /^\/\*[^]*?\*\//,
    /^[uU]&"(?:[^"]|"")+"/,
    /^"(?:[^"]|"")+"/,
    /^[eE]'(?:[^'\\]|\\[^]|'')*'/,
    standard ? /^'(?:[^']|'')*'/ : /^'(?:[^'\\]|\\[^]|'')*'/,
    /^[\p{L}_][\p{L}\d_$.]*/u,
    /^\d+/,
    /^[^'"\s]/,
  ];
  while (rest !== "") {
    const [match] = forms.flatMap((form) => form.exec(rest) ?? []);
    if (match === undefined) throw new Error(`a quote does not end: ${rest.slice(0, 40)}`);
    if (!/^(?:\s|--|\/\*)/.test(match)) found.push(match);
    rest = rest.slice(match.length);
  }
  return found;
}
