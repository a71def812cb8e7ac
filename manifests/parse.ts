import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException, type Event, type ScalarEvent } from "js-yaml";
import { blankActions, VALUE } from "./blanks";
import type { Entry, Mapping, Node, Scalar, Sequence } from "./nodes";
import { withoutComments, withoutLineBreaks } from "./repairs";
import { lineBreaks } from "./text";

/** A part of a file that is no YAML, not even with its templates' actions taken out. */
export interface Unparsable {
  /** 1 is the first. */
  line: number;
  /** In words of the parser, without a word of the file. */
  reason: string;
  /** What could not be read, and where in the file it begins. */
  text: string;
  start: number;
}

/**
 * The documents of a YAML or JSON text, templates' actions taken out. Where the whole cannot be parsed, each document is tried by itself, and what remains is said.
 * Places are those of the text.
 */
export function parseDocuments(text: string): { documents: Node[]; unparsable: Unparsable[] } {
  return parse(text, build);
}

/** What of a text cannot be parsed, where nothing else of it matters. */
export function unparsableIn(text: string): Unparsable[] {
  return isJson(text) ? [] : parse(text, () => []).unparsable;
}

/** Most of what is large is data of somebody's, and JavaScript's own parser says at once that it is right. */
function isJson(text: string): boolean {
  if (text.length < LARGE || !/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const LARGE = 10_000;

/** Makes of a parser's events what is asked for. */
type Make = (text: string, source: string, offset: number, events: readonly Event[]) => Node[];

const build: Make = (text, source, offset, events) => new Builder(text, source, offset).build(events);

function parse(text: string, make: Make): { documents: Node[]; unparsable: Unparsable[] } {
  const blanked = withoutDefinitions(blankActions(text));
  const whole = tryParse(text, blanked, 0, make);
  if (Array.isArray(whole)) return { documents: whole, unparsable: [] };
  const documents: Node[] = [];
  const unparsable: Unparsable[] = [];
  for (const { start, end } of split(blanked)) {
    const part = tryParse(text.slice(start, end), blanked.slice(start, end), start, make);
    if (Array.isArray(part)) documents.push(...part);
    else unparsable.push({ line: lineBreaks(text, start) + part.line + 1, reason: part.reason, text: text.slice(start, end), start });
  }
  return { documents, unparsable };
}

const DEFINITION = /^kind:\s*["']?CustomResourceDefinition["']?\s*$/m;

/** Documents that say how others may look, as blanks: they are most of what large files have, and nothing in them is anybody's. */
function withoutDefinitions(text: string): string {
  if (!text.includes("CustomResourceDefinition") || !DEFINITION.test(text)) return text;
  return text
    .split(/^(?=---\s)/m)
    .map((document) => (DEFINITION.test(document) ? blank(document) : document))
    .join("");
}

/** As long as it was, line by line; the mark that it begins with stays. */
function blank(document: string): string {
  return document
    .split("\n")
    .map((line, index) => (index === 0 && line.startsWith("---") ? line : " ".repeat(line.length)))
    .join("\n");
}

function tryParse(text: string, blanked: string, offset: number, make: Make): Node[] | { reason: string; line: number } {
  // YAML forbids tabs where JSON, and who writes it, has them.
  const source = /^\s*[[{]/.test(blanked) ? blanked.replaceAll("\t", " ") : blanked;
  let events: Event[];
  try {
    events = parseEvents(source, {});
  } catch (error) {
    for (const repair of repairsOf(error, source)) {
      const repaired = repair(source);
      if (repaired !== source) return tryParse(text, repaired, offset, make);
    }
    if (!(error instanceof YAMLException)) return { reason: "the parser failed", line: 0 };
    return { reason: error.reason.replace(/(: |["'`]).*/s, "…"), line: error.mark?.line ?? 0 };
  }
  const depth = depthOf(events);
  if (depth > MOST_DEPTH) return { reason: `nested deeper than ${MOST_DEPTH} levels`, line: 0 };
  return make(text, source, offset, events);
}

/** Nobody writes more, and what goes through a document goes down as far as it does. */
const MOST_DEPTH = 200;

function depthOf(events: readonly Event[]): number {
  let depth = 0;
  let deepest = 0;
  for (const { type } of events) {
    depth += type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE || type === EVENT_ID.DOCUMENT ? 1 : type === EVENT_ID.POP ? -1 : 0;
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

/** What may make a text readable that the parser refuses, and what Kubernetes and editors read: each keeps every place, and changes a text once. */
function repairsOf(error: unknown, source: string): ((text: string) => string)[] {
  if (!(error instanceof YAMLException)) return [];
  // A bracket that is not indented, and a quoted text that goes on at its parent's column.
  if (error.reason === "deficient indentation") return [closeOnLine, withoutLineBreaks];
  return /^\s*(?:\/[/*]|[[{])/.test(source) ? [withoutComments] : [];
}

/** Brackets at the end of the line before theirs, with every character where it was. */
function closeOnLine(text: string): string {
  return text.replace(/^([^#\n]*)(\r?\n)(?=[ \t]*[\]}])/gm, (_, line: string, lineBreak: string) => line + " ".repeat(lineBreak.length));
}

/** Where the documents of a text begin and end; JSON's need nothing between them. */
function split(text: string): { start: number; end: number }[] {
  const starts = [
    0,
    ...[...text.matchAll(/^(?:---(?=\s)|(?=\{))/gm)]
      .filter(({ 0: mark, index }) => index > 0 && (mark !== "" || /\}\s*$/.test(text.slice(Math.max(0, index - 200), index))))
      .map(({ index }) => index),
  ];
  return starts.map((start, number) => ({ start, end: starts[number + 1] ?? text.length }));
}

type Open = { node: Mapping | Sequence; key?: { text: string; start: number } };

const NULL: Omit<Scalar, "start" | "end"> = { kind: "scalar", value: "", isBlock: false, isQuoted: false };

/** Tags whose scalar is the value itself, or a part of it: YAML's own, CloudFormation's, Ansible's `!unsafe`. Another of a file's own names where it is. */
const OF_TEXT = /^!(?:$|!|<|(?:Sub|Join|Base64|Select|Split|If|unsafe|raw|str|string|literal|text)$)/;

/** Makes nodes of a parser's events. An alias of an anchor that is still open, a circle, is nothing. */
class Builder {
  private readonly anchors = new Map<string, Node>();
  private readonly stack: Open[] = [];
  private documents: Node[] = [];
  /** Anchors become names when what they name is complete. */
  private readonly pending = new Map<Node, string>();
  /** Where the last text ends. */
  private end = 0;

  constructor(
    private readonly original: string,
    private readonly source: string,
    private readonly offset: number,
  ) {}

  build(events: readonly Event[]): Node[] {
    // A document's end and a collection's are the same event.
    const isDocument: boolean[] = [];
    for (const event of events)
      switch (event.type) {
        case EVENT_ID.DOCUMENT:
          isDocument.push(true);
          this.anchors.clear();
          break;
        case EVENT_ID.MAPPING:
        case EVENT_ID.SEQUENCE: {
          isDocument.push(false);
          const start = event.start + this.offset;
          const tagged = this.isReference(event) ? { isReference: true } : undefined;
          const node: Mapping | Sequence =
            event.type === EVENT_ID.MAPPING
              ? { kind: "mapping", start, end: start, entries: [], hasMerge: false, ...tagged }
              : { kind: "sequence", start, end: start, items: [], ...tagged };
          if (event.anchorStart >= 0) this.pending.set(node, this.source.slice(event.anchorStart, event.anchorEnd));
          this.stack.push({ node });
          break;
        }
        case EVENT_ID.SCALAR: {
          const node = this.scalar(event);
          if (event.anchorStart >= 0) this.anchors.set(this.source.slice(event.anchorStart, event.anchorEnd), node);
          this.end = Math.max(this.end, node.end);
          this.add(node);
          break;
        }
        case EVENT_ID.ALIAS: {
          const named = this.anchors.get(this.source.slice(event.anchorStart, event.anchorEnd));
          const start = event.anchorStart + this.offset;
          this.end = Math.max(this.end, event.anchorEnd + this.offset);
          // A text is where it is used, under a name of its own; what has parts is one thing, wherever it is named.
          if (named?.kind === "scalar") this.add({ ...named, start, anchor: named.start });
          else this.add(named ?? { ...NULL, start, end: start });
          break;
        }
        case EVENT_ID.POP:
          if (!isDocument.pop()) this.close(this.stack.pop()!.node);
          break;
        default:
          event satisfies never;
      }
    return this.documents;
  }

  private close(node: Mapping | Sequence): void {
    node.end = Math.max(node.start, this.end);
    const anchor = this.pending.get(node);
    if (anchor !== undefined) this.anchors.set(anchor, node);
    this.add(node);
  }

  private add(node: Node): void {
    const open = this.stack.at(-1);
    if (open === undefined) this.documents.push(node);
    else if (open.node.kind === "sequence") open.node.items.push(node);
    else if (open.key === undefined) open.key = { text: node.kind === "scalar" ? node.value : "", start: node.start };
    else {
      const entry: Entry = { key: open.key.text, start: open.key.start, value: node };
      open.node.entries.push(entry);
      if (entry.key === "<<") open.node.hasMerge = true;
      open.key = undefined;
    }
  }

  private isReference({ tagStart, tagEnd }: Pick<ScalarEvent, "tagStart" | "tagEnd">): boolean {
    return tagStart >= 0 && !OF_TEXT.test(this.source.slice(tagStart, tagEnd));
  }

  private scalar(event: ScalarEvent): Scalar {
    const { style, valueStart, valueEnd } = event;
    const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK;
    const isReference = this.isReference(event);
    const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
    if (valueStart < 0) {
      const start = this.stack.at(-1)?.key?.start ?? this.stack.at(-1)?.node.start ?? this.offset;
      return { ...NULL, start, end: start };
    }
    const place = { start: valueStart + this.offset, end: valueEnd + this.offset };
    return { kind: "scalar", ...place, value: this.decode(event), isBlock, isQuoted, ...(isReference && { isReference }) };
  }

  /** With its actions, where they have stayed in their place. */
  private decode(event: ScalarEvent): string {
    const value = getScalarValue(this.source, event);
    const first = value.includes(VALUE) ? this.source.indexOf(VALUE, event.valueStart) : -1;
    if (first < 0 || !this.original.startsWith("{{", first)) return value;
    // A double-quoted scalar's actions have quotes of their own, which are not escaped.
    return event.style === SCALAR_STYLE.DOUBLE_QUOTED
      ? this.original.slice(event.valueStart, event.valueEnd)
      : getScalarValue(this.original, event);
  }
}
