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
  let close = text.indexOf("}}", from);
  // A quote that is not closed before is a part of the text, as in `{{ it's }}`.
  for (let at = from; at < close; at++) {
    const quote = text[at];
    if (quote !== '"' && quote !== "`") continue;
    const end = endOfString(text, at, quote);
    if (end < 0 || text.lastIndexOf("\n", end) > at) continue;
    if (end > close) close = text.indexOf("}}", end);
    if (close < 0) return -1;
    at = end;
  }
  return close < 0 ? -1 : close + 2;
}

/** Long strings of a template are rare, and those that are never closed are not worth a look at the rest of the file. */
const LONGEST_STRING = 2_000;

function endOfString(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length && at - from < LONGEST_STRING; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}
