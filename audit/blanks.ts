import { readActions } from "./templates";

/** In place of an action whose value is a part of what is around it: YAML takes the character in a plain scalar, and nobody writes it. */
export const VALUE = "\u{E001}";
/** In place of an action that steers, or that makes lines of its own. */
const NOTHING = "\u{E002}";

const STEERS = /^\{\{-?\s*(?:(?:if|else|end|range|with|define|block|break|continue|fail)\b(?!\s*[.(]\s*\|)|\/\*|\$\w+\s*:?=)/;
const ONLY_ACTIONS = new RegExp(`^[\\s${VALUE}${NOTHING}]*$`, "u");
const LEADING = new RegExp(`^[ \\t]*${NOTHING}[ \\t${NOTHING}]*`, "u");
const INTO_BLOCK = new RegExp(`(:[ \\t]+[|>][-+\\d]*[ \\t]*)${VALUE}+`, "u");

/**
 * A Helm template as a YAML document: every line stays where it is. Actions that steer, and those that are alone on their line, become blanks; the others
 * a word as long as they are, so that also places within a line stay, but for lines that begin with an action that steers.
 */
export function blankActions(text: string): string {
  if (!text.includes("{{") && !text.includes("{%")) return text;
  let marked = "";
  let from = 0;
  for (const { start, end } of readActions(text)) {
    const action = text.slice(start, end);
    const steers = STEERS.test(action) || action.includes("nindent");
    marked += text.slice(from, start) + mark(action, steers ? NOTHING : VALUE);
    from = end;
  }
  marked += text.slice(from);
  marked = marked.replace(/\{%[^%]{0,500}%\}/g, (statement) => mark(statement, NOTHING));
  return marked.split("\n").map(blankLine).join("\n");
}

/** The first line's characters become marks, those of later lines blanks. */
function mark(action: string, character: string): string {
  const [first = "", ...later] = action.split("\n");
  return [character.repeat(first.length), ...later.map((line) => NOTHING.repeat(line.length))].join("\n");
}

function blankLine(line: string): string {
  if (!line.includes(VALUE) && !line.includes(NOTHING)) return line;
  if (ONLY_ACTIONS.test(line)) return " ".repeat(line.length);
  const [leading = ""] = LEADING.exec(line) ?? [];
  const indent = /^[ \t]*/.exec(leading)![0];
  const moved = indent + line.slice(leading.length) + " ".repeat(leading.length - indent.length);
  return moved.replaceAll(NOTHING, " ").replace(INTO_BLOCK, (whole, opens: string) => opens.padEnd(whole.length));
}
