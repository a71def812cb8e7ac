import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { settingsIn } from "../../config/settings";
import { REPOSITORY } from "../../lab/paths";

/** Those of the company of the tests. */
export const STACKS = ["dev", "staging", "prod"] as const;
export type StackName = (typeof STACKS)[number];

/**
 * Where the stack files are: the tests' own in a process that test/company has been registered in,
 * the clone's in any other.
 */
export const STACK_FILES = process.env.STACK_FILES ?? REPOSITORY;
export const stackFilePath = (stack: string): string => path.join(STACK_FILES, `Pulumi.${stack}.yaml`);

/**
 * The stacks that a directory has files of; not those that tests of the lab have while they run.
 */
export function stackNames(directory = REPOSITORY): string[] {
  return fs.readdirSync(directory).flatMap((file) => /^Pulumi\.(?!e2e-|legacy\.)(.+)\.yaml$/.exec(file)?.[1] ?? []);
}

/** The `config` of a stack file, less the project's name before each key. */
export function stackFile(stack: string): Record<string, unknown> {
  const { config } = parse(fs.readFileSync(stackFilePath(stack), "utf8")) as { config: Record<string, unknown> };
  return settingsIn(config);
}

/**
 * The same values as the engine hands them to the program: text as it is, everything else as JSON.
 */
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
