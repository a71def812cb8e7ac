// What YAML's parser refuses and others read, made readable with every character where it was.

/** JSON's comments, as editors and compilers allow them, as blanks. */
export function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') at = endOfQuoted(text, at);
    else if (text[at] === "/" && (text[at + 1] === "/" || text[at + 1] === "*")) {
      const isLine = text[at + 1] === "/";
      const close = text.indexOf(isLine ? "\n" : "*/", at + 2);
      const end = close < 0 ? text.length : isLine ? close : close + 2;
      parts.push(text.slice(from, at), blank(text.slice(at, end)));
      from = end;
      at = end - 1;
    }
  }
  return parts.join("") + text.slice(from);
}

const OPENS = /^[ \t]*(?:- +)*(?:[\w./$-]+|"[^"\n]*"|'[^'\n]*'):[ \t]+(?=["'])/gm;

/** Quoted texts of several lines on one: they may go on at their parent's column, as old generators of CustomResourceDefinitions wrote them. */
export function withoutLineBreaks(text: string): string {
  const parts: string[] = [];
  let from = 0;
  OPENS.lastIndex = 0;
  for (let match = OPENS.exec(text); match !== null; match = OPENS.exec(text)) {
    const start = match.index + match[0].length;
    const end = endOfQuoted(text, start);
    const quoted = text.slice(start, end);
    if (quoted.includes("\n")) {
      parts.push(text.slice(from, start), quoted.replace(/[\r\n]/g, " "));
      from = end;
    }
    OPENS.lastIndex = Math.max(end, OPENS.lastIndex + 1);
  }
  return parts.join("") + text.slice(from);
}

/** The place of the quote that closes the one at a place; the end of the text where none does. */
function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === "\\") at++;
    else if (text[at] === quote) {
      if (quote === "'" && text[at + 1] === "'") at++;
      else return at;
    }
  }
  return text.length;
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}
