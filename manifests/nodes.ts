import type { Reader } from "../kube/kinds/secretFields";

/** A value of a YAML or JSON document, with its place in the text. An alias is the very node that its anchor names. */
export type Node = Mapping | Sequence | Scalar;

export interface Mapping {
  readonly kind: "mapping";
  readonly start: number;
  /** Where its last text ends. */
  end: number;
  /** Its tag says that it names where a value is: `!Find [stage, [name, password]]`. */
  readonly isReference?: boolean;
  readonly entries: Entry[];
  /** Whether one of them merges another mapping (`<<`). */
  hasMerge: boolean;
}

export interface Entry {
  readonly key: string;
  /** Where the key begins. */
  readonly start: number;
  readonly value: Node;
}

export interface Sequence {
  readonly kind: "sequence";
  readonly start: number;
  end: number;
  readonly isReference?: boolean;
  readonly items: Node[];
}

export interface Scalar {
  readonly kind: "scalar";
  readonly start: number;
  /** Decoded, with the template's text where the file is a template. */
  readonly value: string;
  /** Where its text ends. */
  readonly end: number;
  /** Whether the text's lines are the value's, each its own. */
  readonly isBlock: boolean;
  readonly isQuoted: boolean;
  /** Its tag says that it names where the value is: `!env_var NAME`, `!secret name`. */
  readonly isReference?: boolean;
  /** Where the very scalar stands, of which this is an alias. */
  readonly anchor?: number;
}

/** Every entry of a mapping, those that it merges (`<<`) last. */
export function entriesOf(node: Node | undefined, depth = 0): readonly Entry[] {
  if (node === undefined || node.kind === "scalar") return NONE;
  if (node.kind === "sequence")
    return depth === 0 ? NONE : node.items.flatMap((item) => (item.kind === "mapping" ? entriesOf(item, depth + 1) : []));
  if (!node.hasMerge || depth > MOST_MERGES) return node.entries;
  const own = node.entries.filter(({ key }) => key !== "<<");
  const names = new Set(own.map(({ key }) => key));
  const merged = node.entries.filter(({ key }) => key === "<<").flatMap(({ value }) => entriesOf(value, depth + 1));
  return [...own, ...merged.filter(({ key }) => !names.has(key))];
}

const NONE: readonly Entry[] = [];

/** Anchors that merge anchors: nobody writes more, and a document may be made to. */
const MOST_MERGES = 8;

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "sequence" ? node.items : [];
}

/** What is at a path of keys. */
export function at(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let here = node;
  for (const name of path) {
    if (here === undefined || here.kind !== "mapping") return undefined;
    let found: Node | undefined;
    for (const entry of entriesOf(here))
      if (entry.key === name) {
        found = entry.value;
        break;
      }
    here = found;
  }
  return here;
}

/** The text at a path of keys; undefined where there is none, and where it is empty. */
export function textAt(node: Node | undefined, ...path: readonly string[]): string | undefined {
  const found = at(node, ...path);
  return found !== undefined && found.kind === "scalar" && found.value !== "" ? found.value : undefined;
}

/** For tables of fields that are read in other values, too. */
export const NODES: Reader<Node> = {
  at: (node, key) => at(node, key),
  items: itemsOf,
  text: (node) => (node.kind === "scalar" && node.value !== "" ? node.value : undefined),
};
