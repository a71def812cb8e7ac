// Where in a file something may be that matters: one look at its text spares most of it the rest.
import { CNPG } from "../../kube/kinds/groups";
import { CREDENTIAL_LEADS } from "../credentials/leads";
import { PATTERN_LEADS } from "../credentials/patterns";
import { escape, type Makers } from "./makers";

/** The places of a text that may matter, in order. */
export class Leads {
  constructor(
    private readonly places: readonly number[],
    /** Whether a place may be of another part than the one that it is in. */
    private readonly isTangled: boolean,
    /** Whether one of secretlint's patterns may be somewhere. */
    readonly mayHavePattern: boolean,
  ) {}

  get isEmpty(): boolean {
    return this.places.length === 0;
  }

  /** Whether one is in a part of the text. */
  within(start: number, end: number): boolean {
    const { places } = this;
    if (this.isTangled) return places.length > 0;
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle]! < start) low = middle + 1;
      else high = middle;
    }
    return low < places.length && places[low]! <= end;
  }
}

/**
 * Reads the leads of a text; one for each table of makers. The text is gone through once, three
 * characters at a time: only where these may begin an expression is it asked. All expressions as
 * one alternative take forty times as long as that.
 */
export class LeadReader {
  /** For each three characters, which of `expressions` may begin there, plus one. */
  private readonly table = new Uint16Array(SIZE);
  private readonly expressions: RegExp[] = [];
  /** Which of them are of secretlint's patterns, too. */
  private readonly isPattern: boolean[] = [];

  constructor({ table: { objects, charts, fields, annotations } }: Makers) {
    const kinds = new Set([...objects.map(({ kind }) => kind), "postgresql"]);
    const above = (keys: string, more: string) => String.raw`(?<=\b(?:${keys})\\?["']?\s{0,9}:\s{0,9}\\?["']?${more})`;
    const leads = [
      ...CREDENTIAL_LEADS,
      ...[...kinds].map((kind) => `${above("kind", "")}${escape(kind)}`),
      ...new Set(charts.map(({ chart }) => String.raw`${above("chart|name", String.raw`(?:[^\s"']{0,99}/)?`)}${escape(chart)}`)),
      ...fields.map((field) => escape(field.split(".").findLast((part) => !GENERAL.has(part)) ?? field)),
      ...[...annotations, CNPG.group].map(escape),
      // Programs that copy Secrets, what Vault's agent fills in, and what may be anything in base64
      ...["emberstack", "mittwald", "vault", "binaryData"],
    ];
    const at = new Map<number, Set<string>>();
    for (const lead of leads) for (const head of headsOf(lead)) at.set(head, (at.get(head) ?? new Set()).add(lead));
    const known = new Map<string, number>();
    for (const [head, sources] of at) {
      const source = [...sources].join("|");
      const number = known.get(source) ?? this.expressions.push(new RegExp(source, "y"));
      known.set(source, number);
      this.isPattern[number - 1] = [...sources].some((one) => PATTERNS.has(one));
      this.table[head] = number;
    }
  }

  read(text: string): Leads {
    const places: number[] = [];
    const { table, expressions } = this;
    const { length } = text;
    let head = 0;
    let mayHavePattern = false;
    for (let index = 0; index < length + 2; index++) {
      // Past the end, for what has fewer characters.
      head = next(head, index < length ? text.charCodeAt(index) : 0);
      const number = table[head]!;
      if (number === 0 || index < 2) continue;
      const expression = expressions[number - 1]!;
      expression.lastIndex = index - 2;
      if (!expression.test(text)) continue;
      places.push(index - 2);
      mayHavePattern ||= this.isPattern[number - 1]!;
    }
    return new Leads(places, places.length > 0 && isTangled(text), mayHavePattern);
  }
}

const SIZE = 1 << 15;

/** Three characters, in whatever case, as a number. Others may have the same. */
function next(head: number, code: number): number {
  return ((head << 5) ^ (code | 32)) & (SIZE - 1);
}

/** How many characters an expression is looked for by. */
const HEAD = 3;

/**
 * Every number that an expression may begin with. What it begins with are characters and classes of them, after what it looks back at.
 * @throws Error where it begins with anything else
 */
function headsOf(expression: string): Set<number> {
  let heads = [0];
  let at = 0;
  while (expression.startsWith("(?<", at)) at = closing(expression, at);
  for (let count = 0; count < HEAD; count++) {
    const [codes, end] = at < expression.length ? codesAt(expression, at) : [ANY, at];
    at = end;
    heads = heads.flatMap((head) => codes.map((code) => next(head, code)));
  }
  return new Set(heads);
}

const ANY: readonly number[] = Array.from({ length: 128 }, (_, code) => code);
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The characters that one of an expression's may be, and where the next begins. */
function codesAt(expression: string, at: number): [readonly number[], number] {
  const one = (character: string) => character.charCodeAt(0);
  const character = expression[at]!;
  if (character === "\\") {
    const escaped = expression[at + 1]!;
    if (/[A-Za-z]/.test(escaped) && !(escaped in ESCAPED)) throw new Error(`${expression} begins with more than characters`);
    return [[one(ESCAPED[escaped] ?? escaped)], at + 2];
  }
  if (character === "[") {
    const end = expression.indexOf("]", at);
    const inside = expression.slice(at + 1, end).replace(/(.)-(.)/g, (_, from: string, to: string) => {
      return String.fromCharCode(...Array.from({ length: one(to) - one(from) + 1 }, (__, index) => one(from) + index));
    });
    return [Array.from(inside, one), end + 1];
  }
  if (/[(){}|^$.*+?]/.test(character) || /[*+?{]/.test(expression[at + 1] ?? ""))
    throw new Error(`${expression} begins with more than characters`);
  return [[one(character)], at + 1];
}

/** Where a group ends. */
function closing(expression: string, start: number): number {
  let depth = 0;
  for (let at = start; at < expression.length; at++) {
    if (expression[at] === "\\") at++;
    else if (expression[at] === "[") at = expression.indexOf("]", at);
    else if (expression[at] === "(") depth++;
    else if (expression[at] === ")" && --depth === 0) return at + 1;
  }
  return expression.length;
}

const PATTERNS: ReadonlySet<string> = new Set(Object.values(PATTERN_LEADS).flat());

/** A line that begins with an action and goes on: it is read with its text moved to its beginning. */
const AFTER_ACTION = /^[ \t]*\{[{%#].{0,400}[}%#]\}.*[^\s}]/m;

/** Whether a text has such a line, or an alias of YAML's or what looks like one. */
function isTangled(text: string): boolean {
  for (let at = text.indexOf("*"); at >= 0; at = text.indexOf("*", at + 1))
    if (/[\w-]/.test(text[at + 1] ?? "") && (at === 0 || /[\s[{,]/.test(text[at - 1]!))) return true;
  return /\{[{%#]/.test(text) && AFTER_ACTION.test(text);
}

/** Parts of a field's path that every object has. */
const GENERAL = new Set(["spec", "status", "metadata", "name", "namespace", "*"]);
