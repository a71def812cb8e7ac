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
  const document = parseDocument(text);
  const [broken] = document.errors;
  // The parser's own words may quote the file.
  if (broken !== undefined) {
    const at = broken.linePos?.[0].line ?? 1;
    return { problems: [{ path: `${file}:${at}`, message: `is no YAML (${broken.code})`, remedy: "correct it" }] };
  }
  const { config = {} } = (document.toJS() ?? {}) as { config?: Readonly<Record<string, unknown>> };
  const problems: Problem[] = [];
  const raw: Record<string, string> = {};
  for (const [setting, value] of Object.entries(settingsIn(config))) {
    const { known, isSecret } = withoutCiphertext(value);
    const text = typeof known === "string" ? known : (JSON.stringify(known) ?? "null");
    problems.push(...checkSecrecy(setting, text, isSecret, file));
    raw[setting] = text;
  }
  const result = validateStack(raw, name);
  if ("problems" in result) problems.push(...result.problems);
  if (problems.length > 0 || !("config" in result)) return { problems };
  const { kubeconfig: _, vaultValues = {}, environment: _own, ...rest } = result.config;
  const environment = environmentOf(result.config, name);
  return { stack: { ...rest, name, vaultValues, ...(environment === undefined ? {} : { environment }) } };
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
