import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, parseDocument, stringify, type YAMLMap } from "yaml";

type Scalar = string | number;
/** A mapping of them is written in braces, on one line. */
type Value = Scalar | Readonly<Record<string, Scalar>>;

/**
 * A YAML text with one value set. The rest stays as it is written, comments and spaces included:
 * what is reviewed is the change alone, and a formatter has nothing to add. Where the place cannot
 * be found in the text (an anchor, a mapping that is empty), the text is written anew, with its
 * comments.
 */
export function setInText(text: string, path: readonly string[], value: Value): string {
  const document = parseDocument(text);
  const edited = edit(text, document.contents, path, value);
  document.setIn(path, document.createNode(value, { flow: true }));
  const expected: unknown = document.toJS();
  if (edited !== undefined && isSame(edited, expected)) return edited;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/**
 * The same with a key taken out, and with it the mapping that it was alone in. The first two keys
 * of the path stay.
 */
export function removeInText(text: string, path: readonly string[]): string {
  const document = parseDocument(text);
  if (!document.hasIn(path)) return text;
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  if (path.length > 2 && isMap(parent) && parent.items.length === 1) return removeInText(text, path.slice(0, -1));
  const edited = isMap(parent) ? cut(text, parent, path.at(-1)!) : undefined;
  document.deleteIn(path);
  if (edited !== undefined && isSame(edited, document.toJS())) return edited;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function cut(text: string, mapping: YAMLMap, key: string): string | undefined {
  const index = mapping.items.findIndex((item) => isScalar(item.key) && item.key.value === key);
  const [before, item, after] = [mapping.items[index - 1], mapping.items[index], mapping.items[index + 1]];
  const [start, end] = [startOf(item?.key), endOf(item?.value)];
  if (start === undefined || end === undefined) return undefined;
  if (mapping.flow) {
    const [from, to] = after ? [start, startOf(after.key)] : [endOf(before?.value), end];
    return from === undefined || to === undefined ? undefined : splice(text, from, to, "");
  }
  const newline = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  return splice(text, text.lastIndexOf("\n", start - 1) + 1, newline < 0 ? text.length : newline + 1, "");
}

function isSame(text: string, expected: unknown): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), expected);
}

function edit(text: string, node: unknown, path: readonly string[], value: Value): string | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return isScalar(node) && node.range ? splice(text, node.range[0], node.range[1], written(value)) : undefined;
  if (!isMap(node)) return undefined;
  return node.has(key) ? edit(text, node.get(key, true), rest, value) : add(text, node, path, value);
}

/** Adds what a mapping does not have, after all that it has. */
function add(text: string, mapping: YAMLMap, path: readonly string[], value: Value): string | undefined {
  if (!mapping.range) return undefined;
  const last = mapping.items.at(-1);
  if (mapping.flow) {
    const inner = path.reduceRight((made, key, depth) => `${key}: ${depth + 1 < path.length ? `{ ${made} }` : made}`, written(value));
    if (last === undefined) return splice(text, mapping.range[0], mapping.range[1], `{ ${inner} }`);
    const end = endOf(last.value);
    return end === undefined ? undefined : splice(text, end, end, `, ${inner}`);
  }
  const start = startOf(last?.key);
  const end = endOf(last?.value);
  if (start === undefined || end === undefined) return undefined;
  const indent = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
  const lines = path.map((key, depth) => `${indent}${"  ".repeat(depth)}${key}:`).join("\n");
  // The end of the last value's line, which may have a comment; a value of several lines ends after
  // its line break.
  const newline = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
  const at = newline < 0 ? text.length : newline;
  return splice(text, at, at, `\n${lines} ${written(value)}`);
}

function written(value: Value): string {
  if (typeof value !== "object") return stringify(value).trim();
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${key}: ${written(one)}`)
    .join(", ")} }`;
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
}

function endOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null | undefined)?.range?.[1];
}

function splice(text: string, from: number, to: number, replacement: string): string {
  return text.slice(0, from) + replacement + text.slice(to);
}
