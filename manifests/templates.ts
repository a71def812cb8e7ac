/** A template's action, `{{ … }}`, from its first brace to after its last. */
export interface Action {
  start: number;
  end: number;
}

/** Every action of a Go template, with quoted braces where they belong. One that is never closed is none, and neither is what comes after it. */
export function* readActions(text: string): Generator<Action> {
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", start)) {
    const end = endOf(text, start + 2);
    if (end < 0) return;
    yield { start, end };
    start = end;
  }
}

function endOf(text: string, from: number): number {
  const comment = /^-?\s*\/\*/.exec(text.slice(from, from + 20));
  if (comment) {
    const close = text.indexOf("*/", from + comment[0].length);
    const end = close < 0 ? -1 : text.indexOf("}}", close);
    return end < 0 ? -1 : end + 2;
  }
  const first = text.indexOf("}}", from);
  let close = first;
  // A quote that is not closed before is a part of the text, as in `{{ it's }}`.
  for (let at = from; at < close; at++) {
    const end = endOfString(text, at);
    if (end === undefined) continue;
    if (end.isOpen) {
      at = end.at;
      continue;
    }
    if (end.at > close) close = text.indexOf("}}", end.at);
    // A string that takes the rest of the text along is none.
    if (close < 0) return first + 2;
    at = end.at;
  }
  return close < 0 ? -1 : close + 2;
}

/** Long strings of a template are rare, and those that are never closed are not worth a look at the rest of the file. */
const LONGEST_STRING = 2_000;

/**
 * Where the string that begins at a place ends; undefined where none begins. One that is not closed on its line is open as far as was looked, so
 * that nothing is looked at twice. An action inside a double-quoted scalar has its strings between `\"`.
 */
function endOfString(text: string, from: number): { at: number; isOpen: boolean } | undefined {
  const isEscaped = text[from] === "\\" && text[from + 1] === '"';
  const quote = isEscaped ? '"' : text[from];
  if (quote !== '"' && quote !== "`") return undefined;
  const most = Math.min(text.length, from + LONGEST_STRING);
  for (let at = from + (isEscaped ? 2 : 1); at < most; at++) {
    if (text[at] === "\n") return { at: from, isOpen: true };
    if (isEscaped) {
      if (text[at] !== "\\") continue;
      if (text[at + 1] === '"') return { at: at + 1, isOpen: false };
      // What is escaped twice: `\\\"`.
      at += text[at + 1] === "\\" ? 3 : 1;
    } else if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === quote) return { at, isOpen: false };
  }
  return { at: most - 1, isOpen: true };
}
