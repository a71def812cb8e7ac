import * as fs from "node:fs/promises";
import * as path from "node:path";
import { isScalar, parseDocument, visit, type Document } from "yaml";
import { choicesOf } from "./choices";
import type { Choices } from "./choices";
import { withPlaces } from "./places";
import type { Problem } from "./problem";
import { stackSchema } from "./schema";
import { checkSecrecy } from "./secrecy";
import { PROJECT, settingsIn } from "./settings";
import { similar } from "./similar";
import { validateStack } from "./validate";

/** What stands for a value that only the engine can decrypt. */
const ENCRYPTED = "encrypted";

/** A stack's choices, or every problem; with what is right of them, for checks that do not depend on the rest. */
export type Loaded = { stack: Choices } | { problems: Problem[]; rest?: Choices };

/**
 * The configuration in a stack's file, checked as a preview checks it, without an engine: for what must not need a state. Of encrypted values it is known that they are there.
 * @param file Its path; a problem calls it `Pulumi.<stack>.yaml`.
 */
export async function loadStackFile(file: string, name: string): Promise<Loaded> {
  const text = await fs.readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) return besideFile(parseStackFile(text, name), path.dirname(file));
  const remedy = "name a stack that has a file, or write this one (docs/configuration.md has one to begin with)";
  return { problems: [{ path: `Pulumi.${name}.yaml`, message: "cannot be read", remedy }] };
}

/** Paths in a stack's file are relative to its directory. */
function besideFile(loaded: Loaded, directory: string): Loaded {
  const placed = (stack: Choices): Choices =>
    stack.catalog === undefined ? stack : { ...stack, catalog: path.resolve(directory, stack.catalog) };
  if ("stack" in loaded) return { stack: placed(loaded.stack) };
  return { problems: loaded.problems, ...(loaded.rest && { rest: placed(loaded.rest) }) };
}

/** The same of a file's text. */
export function parseStackFile(text: string, name: string): Loaded {
  const file = `Pulumi.${name}.yaml`;
  const read = readDocument(text);
  if ("broken" in read) {
    const { line, message, remedy } = read.broken;
    return { problems: [{ path: `${file}:${line}`, message, remedy }] };
  }
  const settings = Object.entries(settingsOf(read.document));
  const problems = [
    ...checkKeys(read.document, file),
    ...settings.flatMap(([setting, { text, isSecret }]) => checkSecrecy(setting, text, isSecret, file)),
  ];
  const isNothing = settings.length === 0 && problems.length > 0;
  const result = isNothing
    ? { problems: [] }
    : validateStack(Object.fromEntries(settings.map(([setting, { text }]) => [setting, text])), name);
  if ("problems" in result) problems.push(...withoutUnprefixed(result.problems, problems));
  const config = "config" in result ? result.config : "rest" in result ? result.rest : undefined;
  const stack = config && choicesOf(config, name);
  if (problems.length === 0 && stack) return { stack };
  return { problems: withPlaces(problems, file, text), ...(stack && { rest: stack }) };
}

/** Keys of `config` that this program would not see: without the project before them, or with one that is nearly it. */
function checkKeys({ config }: StackDocument, file: string): Problem[] {
  if (config === undefined || config === null) return [];
  if (typeof config !== "object" || Array.isArray(config))
    return [{ path: `${file}: config`, message: "is not a mapping", remedy: `write settings below it: \`${PROJECT}:namespace: shop\`` }];
  return Object.keys(config).flatMap((key) => {
    const [project, setting] = key.includes(":") ? [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)] : ["", key];
    if (project === PROJECT || !Object.hasOwn(stackSchema.shape, setting)) return [];
    const isMeant = project === "" || similar(project, [PROJECT]) !== undefined;
    const message = project === "" ? "has no project before it" : `has another project before it than \`${PROJECT}\``;
    return isMeant ? [{ path: key, message, remedy: `write \`${PROJECT}:${setting}\`` }] : [];
  });
}

/** A setting that is there under a name that nobody reads is not missing as well. */
function withoutUnprefixed(problems: readonly Problem[], keys: readonly Problem[]): Problem[] {
  const there = new Set(keys.map(({ path }) => path.slice(path.indexOf(":") + 1)));
  return problems.filter(({ path, message }) => !(there.has(path) && message.startsWith("is missing")));
}

/** A stack's file, as Pulumi keeps it. */
export type StackDocument = Record<string, unknown> & { config?: Record<string, unknown> | null };

/** Where a file is no YAML, and what to do about it. */
interface Broken {
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

/** What a stack's file says, unchecked; or where it is broken. */
export function readDocument(text: string): { document: StackDocument } | { broken: Broken } {
  return readMapping(text, "begin it with `config:`, and write settings below");
}

/**
 * The contents of a file of YAML, unchecked; or where it is broken. The parser's own words may quote
 * the file.
 *
 * @param remedy where it is another thing than a mapping
 */
export function readMapping(text: string, remedy: string): { document: Record<string, unknown> } | { broken: Broken } {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) return { broken: inPlainWords(broken.code, broken.linePos?.[0].line ?? 1, text) };
  const [misread] = misreadIn(document, text);
  if (misread !== undefined) return { broken: misread };
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== "object" || Array.isArray(value)) return { broken: { line: 1, message: "is not a mapping", remedy } };
  return { document: value as Record<string, unknown> };
}

/**
 * Aliases that stand for what nobody reads to its end, and merges, which the engine follows and
 * this program does not.
 */
function misreadIn(document: Document, text: string): Broken[] {
  const found: Broken[] = [];
  const line = (node: { range?: readonly number[] | null }) => text.slice(0, node.range?.[0] ?? 0).split("\n").length;
  visit(document, {
    Alias(_, alias, path) {
      if (path.includes(alias.resolve(document) as never))
        found.push({ line: line(alias), message: "has an alias to what it is in itself", remedy: "write out what it stands for" });
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value === "<<")
        found.push({
          line: line(key),
          message: "has a merge (`<<`): programs read it in different ways",
          remedy: "write out what it stands for",
        });
    },
  });
  if (found.length > 0) return found;
  try {
    document.toJS();
    return [];
  } catch {
    return [{ line: 1, message: "has aliases that stand for too much", remedy: "write out what they stand for" }];
  }
}

function inPlainWords(code: string, line: number, text: string): Broken {
  if (code === "TAB_AS_INDENT") return { line, message: "is indented with a tab", remedy: "use spaces" };
  if (code === "DUPLICATE_KEY") {
    const key = keyOf(text, line);
    const first = key === undefined ? undefined : firstOf(text, line, key);
    const where = first === undefined ? "" : ` (lines ${first} and ${line})`;
    return { line, message: `says ${key === undefined ? "a key" : `\`${key}\``} a second time${where}`, remedy: "keep one of them" };
  }
  if (/INDENT/.test(code))
    return { line, message: "is not valid YAML: its indentation fits nothing above it", remedy: "indent it as its neighbours are" };
  return {
    line,
    message: `is not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`,
    remedy: "correct the line, or the one before it",
  };
}

/** Names of settings and services are no secrets; anything longer may be one. */
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

/** The program's own settings in a stack's file, each as text; what is encrypted is not in it. */
export function settingsOf({ config }: StackDocument): Record<string, { text: string; isSecret: boolean }> {
  const settings = Object.entries(settingsIn(config)).map(([setting, value]) => {
    const { known, isSecret } = withoutCiphertext(value);
    return [setting, { text: typeof known === "string" ? known : (JSON.stringify(known) ?? "null"), isSecret }] as const;
  });
  return Object.fromEntries(settings);
}

/** How Pulumi writes an encrypted value: a mapping with the one key `secure`. */
function withoutCiphertext(value: unknown): { known: unknown; isSecret: boolean } {
  let isSecret = false;
  const walk = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== "object" || one === null) return one;
    const entries = Object.entries(one);
    if (entries.length === 1 && typeof (one as { secure?: unknown }).secure === "string") {
      isSecret = true;
      return ENCRYPTED;
    }
    return Object.fromEntries(entries.map(([key, inner]) => [key, walk(inner)]));
  };
  const known = walk(value);
  return { known, isSecret };
}
