import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { settingsIn } from "../../config/settings";

export const STACKS = ["dev", "staging", "prod"] as const;
export type StackName = (typeof STACKS)[number];

/** The `config` of a real stack file, less the project's name before each key. */
export function stackFile(stack: StackName): Record<string, unknown> {
  const text = fs.readFileSync(path.join(__dirname, `../../Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  return settingsIn(config);
}

/** The same values as the engine hands them to the program: text as it is, everything else as JSON. */
export function asEngineValues(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : (JSON.stringify(value) ?? "null")]),
  );
}

/** Gives the value at a path another, or with `undefined` takes it away. */
export function set(values: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) set((values[key] ??= {}) as Record<string, unknown>, rest, value);
  else if (value === undefined) delete values[key];
  else values[key] = value;
}
