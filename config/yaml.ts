// Files of YAML that people write: what they say, or every place where they are broken, in words
// of this program. The parser's own words may quote the file.
import { isCollection, isScalar, parseDocument, visit, type Document, type YAMLParseError } from "yaml";

/** A line on which a file is not valid YAML, and what to do about it. */
export interface Broken {
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

/** The contents of a file of YAML, unchecked; or every line on which it is broken. */
export type Mapping =
  | { readonly document: Record<string, unknown> }
  /** `rest`: what the file says all the same, where no line of it is in doubt. */
  | { readonly broken: readonly Broken[]; readonly rest?: Record<string, unknown> };

/** @param remedy where the file is another thing than a mapping */
export function readMapping(text: string, remedy: string): Mapping {
  const document = parseDocument(text, { logLevel: "error" });
  const broken = brokenIn(document, text);
  const isReadable = document.errors.every(({ code }) => code === "DUPLICATE_KEY") && misreadIn(document, text).length === 0;
  if (!isReadable) return { broken };
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== "object" || Array.isArray(value))
    return { broken: [...broken, { line: 1, message: "is not a mapping", remedy }].slice(0, 1) };
  const rest = value as Record<string, unknown>;
  return broken.length > 0 ? { broken, rest } : { document: rest };
}

/**
 * Errors that the file has by themselves. Behind the first one of its structure, the parser
 * complains of lines that are right.
 */
function ownErrors(errors: readonly YAMLParseError[]): YAMLParseError[] {
  const isSure = ({ code }: YAMLParseError) => code === "TAB_AS_INDENT" || code === "DUPLICATE_KEY";
  const hasTab = errors.some(({ code }) => code === "TAB_AS_INDENT");
  const structure = hasTab ? undefined : errors.find((one) => !isSure(one));
  return errors.filter((one) => isSure(one) || one === structure);
}

/** Lines in their order, each once. */
function brokenIn(document: Document, text: string): Broken[] {
  const found = [...ownErrors(document.errors).map((error) => inPlainWords(error, document, text)), ...misreadIn(document, text)];
  const first = new Map<number, Broken>();
  for (const one of found) if (!first.has(one.line)) first.set(one.line, one);
  return [...first.values()].sort((one, other) => one.line - other.line);
}

/**
 * Lines that the parser takes and people do not mean: aliases of nothing, of too much or of
 * themselves; templates; and merges, which the engine follows and this program does not.
 */
function misreadIn(document: Document, text: string): Broken[] {
  const found: Broken[] = [];
  const lineOf = (node: { range?: readonly number[] | null }) => lineAt(text, node.range?.[0] ?? 0);
  visit(document, {
    Alias(_, alias, path) {
      const meant = alias.resolve(document);
      const line = lineOf(alias);
      if (meant === undefined)
        found.push({
          line,
          message: "has a value that begins with `*`, which stands for an anchor that is not above it",
          remedy: "put the value in quotes",
        });
      else if (path.includes(meant))
        found.push({ line, message: "has an alias to what it is in itself", remedy: "write out what it stands for" });
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value === "<<")
        found.push({
          line: lineOf(key),
          message: "has a merge (`<<`): programs read it in different ways",
          remedy: "write out what it stands for",
        });
      if (isCollection(key))
        found.push({
          line: lineOf(key),
          message: "has a template such as `{{ … }}`, which YAML reads as a mapping",
          remedy: "write the value itself: nothing fills in templates here",
        });
    },
  });
  if (found.length > 0 || document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return found;
  try {
    document.toJS();
    return [];
  } catch {
    return [{ line: 1, message: "has aliases that stand for too much", remedy: "write out what they stand for" }];
  }
}

const IN_PLAIN_WORDS: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  TAB_AS_INDENT: ["is indented with a tab", "use spaces"],
  BLOCK_AS_IMPLICIT_KEY: [
    "has `: ` twice, or is indented more than it should be",
    "put the value in quotes, or indent it as its neighbours are",
  ],
  MULTILINE_IMPLICIT_KEY: ["has no `: ` between its key and its value", "write `key: value`, with a space behind the colon"],
  BAD_SCALAR_START: ["has a value that begins with a character which YAML keeps for itself", "put the value in quotes"],
  BAD_DQ_ESCAPE: ["has a `\\` in double quotes that means nothing there", "use single quotes"],
  MULTIPLE_DOCS: ["begins a second document (`---`)", "keep one document"],
  BAD_INDENT: ["is not valid YAML: its indentation fits nothing above it", "indent it as its neighbours are"],
};

function inPlainWords(error: YAMLParseError, document: Document, text: string): Broken {
  const { code } = error;
  const line = error.linePos?.[0].line ?? 1;
  if (/^([<>=|])\1{6}/.test(text.split("\n")[line - 1] ?? ""))
    return { line, message: "has the mark of a merge in Git that is not finished", remedy: "finish the merge" };
  if (code === "DUPLICATE_KEY") {
    const key = keyOf(text, line);
    const first = key === undefined ? undefined : firstOf(text, line, key);
    const where = first === undefined ? "" : ` (lines ${first} and ${line})`;
    return { line, message: `says ${key === undefined ? "a key" : `\`${key}\``} a second time${where}`, remedy: "keep one of them" };
  }
  const opened = openedAt(error, document);
  if (opened !== undefined)
    return {
      line: lineAt(text, opened.offset),
      message: `opens ${opened.what} and does not close it`,
      remedy: `close it with ${opened.end}`,
    };
  const known = IN_PLAIN_WORDS[code];
  if (known !== undefined) return { line, message: known[0], remedy: known[1] };
  return {
    line,
    message: `is not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`,
    remedy: "correct the line, or the one before it",
  };
}

/** A quote or a bracket that has no end: the parser reads on, and complains much further down. */
function openedAt({ message, pos }: YAMLParseError, document: Document): { offset: number; what: string; end: string } | undefined {
  const [, quote] = /Missing closing (["'])quote/.exec(message) ?? [];
  const [, end] = /end with a ([\]}])/.exec(message) ?? [];
  if (quote === undefined && end === undefined) return undefined;
  let offset: number | undefined;
  visit(document, {
    Node(_, node) {
      if (!node.range || node.range[0] > pos[0] || node.range[2] < pos[0]) return;
      const isMeant = quote === undefined ? isCollection(node) && node.flow : isScalar(node) && node.type?.startsWith("QUOTE");
      if (isMeant) offset = node.range[0];
    },
  });
  if (offset === undefined) return undefined;
  if (quote !== undefined) return { offset, what: `a quote (\`${quote}\`)`, end: `\`${quote}\`` };
  return { offset, what: `a bracket (\`${end === "]" ? "[" : "{"}\`)`, end: `\`${end}\`` };
}

const lineAt = (text: string, offset: number) => text.slice(0, offset).split("\n").length;

/** Names of settings and services are not secret; anything longer may be. */
function keyOf(text: string, line: number): string | undefined {
  return /^\s*["']?([\w.:-]{1,60})["']?\s*:(\s|$)/.exec(text.split("\n")[line - 1] ?? "")?.[1];
}

/** The line before on which a key is, as deeply indented. */
function firstOf(text: string, line: number, key: string): number | undefined {
  const all = text.split("\n");
  const indent = (one: string) => one.length - one.trimStart().length;
  for (let at = line - 1; at >= 1; at--) {
    if (keyOf(text, at) === key && indent(all[at - 1]!) === indent(all[line - 1]!)) return at;
  }
  return undefined;
}
