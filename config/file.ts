import * as fs from "node:fs/promises";
import { parseDocument } from "yaml";
import { environmentOf } from "./environment";
import type { Choices } from "./load";
import type { Problem } from "./problem";
import { checkSecrecy } from "./secrecy";
import { settingsIn } from "./settings";
import { validateStack } from "./validate";

/** What stands for a value that only the engine can decrypt. */
const ENCRYPTED = "encrypted";

/**
 * The configuration in a stack's file, checked as a preview checks it, without an engine: for what must not need a state. Of encrypted values it is known that they are there.
 * @param file Its path; a problem calls it `Pulumi.<stack>.yaml`.
 */
export async function loadStackFile(file: string, name: string): Promise<{ stack: Choices } | { problems: Problem[] }> {
  const text = await fs.readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) return parseStackFile(text, name);
  const remedy = "copy Pulumi.dev.yaml and edit it, or name a stack that has a file";
  return { problems: [{ path: `Pulumi.${name}.yaml`, message: "cannot be read", remedy }] };
}

/** The same of a file's text. */
export function parseStackFile(text: string, name: string): { stack: Choices } | { problems: Problem[] } {
  const file = `Pulumi.${name}.yaml`;
  const read = readDocument(text);
  if ("broken" in read) {
    const { line, code } = read.broken;
    return { problems: [{ path: `${file}:${line}`, message: `is no YAML (${code})`, remedy: "correct it" }] };
  }
  const settings = Object.entries(settingsOf(read.document));
  const problems = settings.flatMap(([setting, { text, isSecret }]) => checkSecrecy(setting, text, isSecret, file));
  const result = validateStack(Object.fromEntries(settings.map(([setting, { text }]) => [setting, text])), name);
  if ("problems" in result) problems.push(...result.problems);
  if (problems.length > 0 || !("config" in result)) return { problems };
  const { kubeconfig: _, vaultValues = {}, environment: _own, ...rest } = result.config;
  const environment = environmentOf(result.config, name);
  return { stack: { ...rest, name, vaultValues, ...(environment === undefined ? {} : { environment }) } };
}

/** A stack's file, as Pulumi keeps it. */
export type StackDocument = Record<string, unknown> & { config?: Record<string, unknown> };

/** What a stack's file says, unchecked; or where it is broken. The parser's own words may quote the file. */
export function readDocument(text: string): { document: StackDocument } | { broken: { line: number; code: string } } {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) return { broken: { line: broken.linePos?.[0].line ?? 1, code: broken.code } };
  return { document: (document.toJS() ?? {}) as StackDocument };
}

/** The program's own settings in a stack's file, each as text; what is encrypted is not in it. */
export function settingsOf({ config }: StackDocument): Record<string, { text: string; isSecret: boolean }> {
  const settings = Object.entries(settingsIn(config ?? {})).map(([setting, value]) => {
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
