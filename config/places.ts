import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import type { Problem } from "./problem";
import { stackSchema } from "./schema";
import { PROJECT } from "./settings";

/** Where a setting is in a stack's file; `undefined` where it is not in it. */
export type Places = (path: string) => { readonly line: number; readonly value: unknown } | undefined;

/** The lines of a stack file's settings; of one that is missing, the line of what it belongs in. */
export function placesIn(text: string): Places {
  return linesOf(text, (document, path) => find(document, document.get("config", true), `${PROJECT}:${path}`));
}

/** The same of a file that is a mapping of its own, without a project. */
export function placesInRecord(text: string): Places {
  return linesOf(text, (document, path) => find(document, document.contents, path));
}

type Found = { offset: number; value: unknown } | undefined;

function linesOf(text: string, look: (document: Document, path: string) => Found): Places {
  const lines = new LineCounter();
  // A key may be there twice: the first one is taken.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, logLevel: "error" });
  if (document.errors.length > 0 || !hasValues(document)) return () => undefined;
  return (path) => {
    const found = look(document, path);
    return found && { line: lines.linePos(found.offset).line, value: found.value };
  };
}

/** Not where an alias stands for nothing, or for too much. */
function hasValues(document: Document): boolean {
  try {
    document.toJS();
    return true;
  } catch {
    return false;
  }
}

function find(document: Document, within: unknown, path: string): Found {
  let node = within;
  let rest = path;
  let found: { offset: number; value: unknown } | undefined;
  while (rest !== "") {
    const next = isMap(node) ? inMap(node, rest) : isSeq(node) ? inList(node, rest) : undefined;
    // What is not there has no value; its place is that of what it would be in.
    if (next === undefined) return found && { offset: found.offset, value: undefined };
    node = next.value;
    rest = next.rest;
    found = { offset: next.offset, value: toJS(next.value, document) };
  }
  return found;
}

interface Next {
  readonly value: unknown;
  readonly offset: number;
  readonly rest: string;
}

/** Keys may have dots in them: the longest that fits is meant. */
function inMap(node: { items: { key: unknown; value: unknown }[] }, path: string): Next | undefined {
  const fits = node.items
    .flatMap(({ key, value }) => (isScalar(key) && key.range ? [{ name: String(key.value) || '""', offset: key.range[0], value }] : []))
    .filter(({ name }) => path === name || path.startsWith(`${name}.`))
    .sort((one, other) => other.name.length - one.name.length);
  return fits[0] && { value: fits[0].value, offset: fits[0].offset, rest: path.slice(fits[0].name.length + 1) };
}

function inList(node: { items: unknown[] }, path: string): Next | undefined {
  const [index = ""] = path.split(".");
  const value = node.items[Number(index)] as { range?: readonly number[] } | undefined;
  return value?.range && { value, offset: value.range[0]!, rest: path.slice(index.length + 1) };
}

function toJS(node: unknown, document: Document): unknown {
  return node !== null && typeof node === "object" && "toJS" in node ? (node as { toJS: (of: Document) => unknown }).toJS(document) : node;
}

/**
 * Problems with the lines of a stack's file that they are of.
 *
 * @param values the settings as the engine has them; absent: they are the file's. A line is said
 * only where the file says the same
 */
export function withPlaces(
  problems: readonly Problem[],
  file: string,
  text: string,
  values?: Readonly<Record<string, unknown>>,
): Problem[] {
  const places = placesIn(text);
  // A setting that is missing would be below `config:`.
  const config = placesInRecord(text)("config");
  const missing = ({ path }: Problem) =>
    config !== undefined && Object.hasOwn(stackSchema.shape, path.split(".", 1)[0]!) ? { line: config.line, value: undefined } : undefined;
  return problems.map((problem) => {
    const place = problem.place === undefined ? (places(problem.path) ?? missing(problem)) : undefined;
    const isSame = place !== undefined && (values === undefined || isDeepStrictEqual(place.value, valueAt(values, problem.path)));
    return isSame ? { ...problem, place: `${file}:${place.line}` } : problem;
  });
}

function valueAt(values: unknown, path: string): unknown {
  if (path === "") return values;
  if (typeof values !== "object" || values === null) return undefined;
  const name = Object.keys(values)
    .filter((key) => path === (key || '""') || path.startsWith(`${key || '""'}.`))
    .sort((one, other) => other.length - one.length)[0];
  return name === undefined ? undefined : valueAt((values as Record<string, unknown>)[name], path.slice((name || '""').length + 1));
}
