import * as fs from "node:fs/promises";
import * as path from "node:path";
import { choicesOf } from "./choices";
import type { Choices } from "./choices";
import { placesInRecord, withPlaces } from "./places";
import type { Problem } from "./problem";
import { stackSchema } from "./schema";
import { checkSecrecy } from "./secrecy";
import { PROJECT, settingsIn } from "./settings";
import { didYouMean, similar } from "./similar";
import { validateStack } from "./validate";
import { readMapping, type Broken } from "./yaml";

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
  const stacks = await stacksIn(path.dirname(file));
  const remedy =
    stacks.length === 0
      ? "go to the directory of your stacks' files, or make one: `cnpg-credentials init --company <name>`"
      : `name a stack that has a file (there are ${stacks.join(", ")}), or write this one (docs/configuration.md has one to begin with)`;
  return { problems: [{ path: `Pulumi.${name}.yaml`, message: `cannot be read${didYouMean(name, stacks)}`, remedy }] };
}

/** The stacks of a project, by their files. */
export async function stacksIn(directory: string): Promise<string[]> {
  const names = await fs.readdir(directory).catch(() => [] as string[]);
  return names.flatMap((name) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(name)?.[1] ?? []).sort();
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
  const broken = "broken" in read ? read.broken.map(({ line, ...problem }) => ({ path: `${file}:${line}`, ...problem })) : [];
  const document = "broken" in read ? read.rest : read.document;
  if (document === undefined) return { problems: broken };
  const settings = Object.entries(settingsOf(document));
  const problems: Problem[] = [
    ...broken,
    ...checkKeys(document, file, text),
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

/**
 * Keys that this program would not see: beside `config`, or below it without the project before
 * them, or with a project that is nearly this one.
 */
function checkKeys(document: StackDocument, file: string, text: string): Problem[] {
  const places = placesInRecord(text);
  const at = (path: string, problem: Omit<Problem, "place">): Problem => ({ ...problem, place: `${file}:${places(path)?.line ?? 1}` });
  const { config } = document;
  if (config === undefined)
    return Object.keys(document).flatMap((key) => {
      if (key.startsWith(`${PROJECT}:`))
        return [at(key, { path: key, message: "is not below `config:`", remedy: "write `config:` above it, and indent it" })];
      if (similar(key, ["config"]) === undefined) return [];
      return [at(key, { path: key, message: "is not a key of a stack's file; did you mean `config`?", remedy: "write `config:`" })];
    });
  if (config === null) return [];
  if (typeof config !== "object" || Array.isArray(config))
    return [
      at("config", { path: "config", message: "is not a mapping", remedy: `write settings below it: \`${PROJECT}:namespace: shop\`` }),
    ];
  return Object.keys(config).flatMap((key) => {
    const [project, setting] = key.includes(":") ? [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)] : ["", key];
    if (key === PROJECT)
      return [
        at(`config.${key}`, {
          path: key,
          message: "is a mapping of its own, and Pulumi reads the project in each key",
          remedy: `write \`${PROJECT}:namespace\`, and so on`,
        }),
      ];
    if (project === PROJECT || !Object.hasOwn(stackSchema.shape, setting)) return [];
    const isMeant = project === "" || similar(project, [PROJECT]) !== undefined;
    const message = project === "" ? "has no project before it" : `has another project before it than \`${PROJECT}\``;
    return isMeant ? [at(`config.${key}`, { path: key, message, remedy: `write \`${PROJECT}:${setting}\`` })] : [];
  });
}

/** A setting that is there under a name that nobody reads is not missing as well. */
function withoutUnprefixed(problems: readonly Problem[], keys: readonly Problem[]): Problem[] {
  const there = new Set(keys.map(({ path }) => path.slice(path.indexOf(":") + 1)));
  return problems.filter(({ path, message }) => !(there.has(path) && message.startsWith("is missing")));
}

/** A stack's file, as Pulumi keeps it. */
export type StackDocument = Record<string, unknown> & { config?: Record<string, unknown> | null };

/** What a stack's file says, unchecked; or every line on which it is broken. */
export function readDocument(
  text: string,
): { readonly document: StackDocument } | { readonly broken: readonly Broken[]; readonly rest?: StackDocument } {
  return readMapping(text, "begin it with `config:`, and write settings below");
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
