/**
 * What a terminal, a viewer of text or a reader does not see, or takes for something else: controls
 * of both kinds (line breaks and the escape that begins a sequence among them), what turns the order
 * of a line around, what has no width, separators of lines, and halves of characters.
 */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\p{Surrogate}\u{e0000}-\u{e0fff}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Whether a text is what it looks like. */
export function isPlain(text: string): boolean {
  return text.search(UNSEEN) < 0;
}

/**
 * A text as one line that shows all of it: what others have written (a role's name, an operator's
 * message, an annotation) says nothing in this program's name and does nothing to a terminal.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (one) => SHORT[one] ?? `\\u{${one.codePointAt(0)!.toString(16)}}`);
}

/** The same for text of several lines, which are this program's own. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** A value as JSON that shows all of it, and is read as the same value. */
export function visibleJson(value: unknown, indent?: number): string {
  return escaped(JSON.stringify(value, undefined, indent));
}

/** JSON has line breaks of its own between its values, and none within them. */
function escaped(json: string): string {
  return json.replace(UNSEEN, (one) => {
    if (one === "\n") return one;
    return [...Array(one.length).keys()].map((index) => `\\u${one.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");
  });
}
