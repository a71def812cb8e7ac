import { readActions } from "./templates";

/** In place of an action whose value is a part of what is around it: YAML takes the character in a plain scalar, and nobody writes it. */
export const VALUE = "\u{E001}";
/** In place of an action that steers, or that makes lines of its own. */
const NOTHING = "\u{E002}";
/** In place of what an action has on later lines than its first. */
const CONTINUED = "\u{E003}";

/** What makes lines that are indented below its key, however many: `env: {{ include "env" . | indent 12 }}`. */
const INDENTS = /\|\s*n?indent\s/;
/** The header of a block scalar, at the end of its line. */
const OPENS_BLOCK = /(?:^|[:\s-])[|>][-+\d]*[ \t]*(?:#[^\n]*)?$/;

const STEERS = /^\{\{-?\s*(?:(?:if|else|end|range|with|define|block|break|continue|fail)\b(?!\s*[.(]\s*\|)|\/\*|\$\w+\s*:?=)/;
const MARK = new RegExp(`[${VALUE}${NOTHING}${CONTINUED}]`, "u");
const ONLY_ACTIONS = new RegExp(`^[\\s${VALUE}${NOTHING}${CONTINUED}]*$`, "u");
const LEADING = new RegExp(`^[ \\t]*${NOTHING}[ \\t${NOTHING}]*`, "u");
/** One branch quoted, the other not: `{{ if … }}""{{ else }}{{ . }}{{ end }}`. */
const BESIDE_QUOTE = new RegExp(`(["'])([ ${VALUE}]*${VALUE})(?=\\s*$)`, "u");
const INTO_BLOCK = new RegExp(`(:[ \\t]+[|>][-+\\d]*[ \\t]*)${VALUE}+`, "u");

/**
 * A Helm template as a YAML document: every line stays where it is. Actions that steer, and those that are alone on their line, become blanks; the others
 * a word as long as they are, so that also places within a line stay, but for lines that begin with an action that steers.
 */
export function blankActions(text: string): string {
  if (!text.includes("{{") && !text.includes("{%") && !text.includes("{#")) return text;
  let marked = "";
  let from = 0;
  for (const { start, end } of readActions(text)) {
    const action = text.slice(start, end);
    const steers = STEERS.test(action) || INDENTS.test(action);
    marked += text.slice(from, start) + mark(action, steers ? NOTHING : VALUE);
    from = end;
  }
  marked += text.slice(from);
  marked = blankComments(marked.replace(/\{%[^%]{0,500}%\}/g, (statement) => mark(statement, NOTHING)));
  return blankLines(marked.split("\n")).join("\n");
}

/** Jinja's comments, `{# … #}`; not a shell's `${#array}`. */
function blankComments(text: string): string {
  let blanked = "";
  let from = 0;
  for (let start = text.indexOf("{#"); start >= 0; start = text.indexOf("{#", from)) {
    const end = text.indexOf("#}", start + 2);
    if (end < 0) break;
    const isShell = text[start - 1] === "$";
    blanked += text.slice(from, start) + (isShell ? text.slice(start, end + 2) : mark(text.slice(start, end + 2), NOTHING));
    from = end + 2;
  }
  return blanked + text.slice(from);
}

/** A line of blanks may be too long for the block that it is in: it becomes empty, and what it had goes to the end of the line before. */
function blankLines(lines: readonly string[]): string[] {
  const blanked: string[] = [];
  let last = -1;
  lines.forEach((line, index) => {
    const isMarked = MARK.test(line);
    const lineBreak = line.endsWith("\r") ? "\r" : "";
    if (!isMarked) blanked.push(line);
    else if (!ONLY_ACTIONS.test(line) || beginsBlock(line, blanked[last])) blanked.push(blankLine(line));
    else if (last < 0) blanked.push(" ".repeat(line.length - lineBreak.length) + lineBreak);
    else {
      const end = blanked[last]!.endsWith("\r") ? "\r" : "";
      blanked[last] = blanked[last]!.slice(0, blanked[last]!.length - end.length) + " ".repeat(line.length - lineBreak.length) + end;
      return void blanked.push(lineBreak);
    }
    if (line.trim() !== "") last = index;
  });
  return blanked;
}

/** Whether an action alone on its line is the first of a block scalar: its place says how deep the block is. */
function beginsBlock(line: string, before: string | undefined): boolean {
  if (before === undefined || !line.includes(VALUE) || !OPENS_BLOCK.test(before.trimEnd())) return false;
  return depthOf(line) > depthOf(before);
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The first line's characters become marks, those of later lines blanks. */
function mark(action: string, character: string): string {
  const [first = "", ...later] = action.split("\n");
  return [character.repeat(first.length), ...later.map((line) => CONTINUED.repeat(line.length))].join("\n");
}

function blankLine(line: string): string {
  const [leading = ""] = LEADING.exec(line) ?? [];
  const indent = /^[ \t]*/.exec(leading)![0];
  const moved = indent + line.slice(leading.length) + " ".repeat(leading.length - indent.length);
  return moved
    .replaceAll(NOTHING, " ")
    .replaceAll(CONTINUED, " ")
    .replace(INTO_BLOCK, (whole, opens: string) => opens.padEnd(whole.length))
    .replace(BESIDE_QUOTE, (whole: string, quote: string) => (isClosed(moved, quote) ? quote.padEnd(whole.length) : whole));
}

/** Whether a line's quotes come in pairs before what is no longer quoted. */
function isClosed(line: string, quote: string): boolean {
  return line.split(quote).length % 2 === 1;
}
