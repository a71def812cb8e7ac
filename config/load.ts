import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "./problem";
import { refuse } from "./refuse";
import { choicesOf, type Choices } from "./choices";
import { checkSecrecy } from "./secrecy";
import { PROJECT } from "./settings";
import { validateStack } from "./validate";

/** A stack's configuration, checked, with what the engine knows of the stack. */
export interface Stack extends Choices {
  /** `organization/project/stack`, as the engine has it. */
  readonly fullName: string;
  readonly kubeconfig?: pulumi.Output<string>;
  /** By `<owner>/<name>#<key>`. */
  readonly vaultValues: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * Reads and checks the configuration of the selected stack. The only place that reads it.
 *
 * @param beside what else is wrong, by what is right of the configuration
 * @throws pulumi.RunError naming every problem with its path and remedy
 */
export async function loadStack(
  beside: (rest: Choices, problems: readonly Problem[]) => Promise<readonly Problem[]> = () => Promise.resolve([]),
): Promise<Stack> {
  // The project may have another name: `pulumi new --name`.
  const config = new pulumi.Config(PROJECT);
  const name = pulumi.getStack();
  const file = `Pulumi.${name}.yaml`;
  const prefix = `${config.name}:`;
  const problems: Problem[] = [];
  const raw: Record<string, string> = {};
  const project = pulumi.getProject();
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    // `pulumi config set` without a project writes the stack's own.
    if (project !== PROJECT && key.startsWith(`${project}:`))
      problems.push({
        path: key,
        message: `has another project before it than \`${PROJECT}\``,
        remedy: `write \`${PROJECT}:${key.slice(project.length + 1)}\``,
      });
    if (!key.startsWith(prefix)) continue;
    const setting = key.slice(prefix.length);
    problems.push(...checkSecrecy(setting, value, isSecret(key), file));
    raw[setting] = value;
  }
  const result = validateStack(raw, name);
  if ("problems" in result) problems.push(...result.problems);
  if (problems.length > 0 || !("config" in result)) {
    const known = "config" in result ? result.config : result.rest;
    if (known) problems.push(...(await beside(placed(choicesOf(known, name)), problems)));
    return refuse(`Configuration of stack ${name}`, await inFile(problems, file, raw));
  }
  const { kubeconfig } = result.config;
  const { vaultValues, ...rest } = placed(choicesOf(result.config, name));
  const fullName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;
  return {
    ...rest,
    fullName,
    vaultValues: Object.fromEntries(Object.entries(vaultValues).map(([key, value]) => [key, pulumi.secret(value as string)])),
    ...(kubeconfig === undefined ? {} : { kubeconfig: config.requireSecret("kubeconfig") }),
  };
}

/** Paths in a stack's file are relative to the directory of Pulumi.yaml. */
function placed(stack: Choices): Choices {
  return stack.catalog === undefined ? stack : { ...stack, catalog: path.resolve(pulumi.getRootDirectory(), stack.catalog) };
}

/**
 * Problems with the lines of the stack's file, where it is beside Pulumi.yaml and says what the engine
 * does.
 */
async function inFile(problems: readonly Problem[], file: string, raw: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
  const text = await fs.readFile(path.resolve(pulumi.getRootDirectory(), file), "utf8").catch(() => undefined);
  if (text === undefined) return problems;
  // Nothing of it is loaded where nothing is wrong.
  const { withPlaces } = await import("./places");
  return withPlaces(problems, file, text, Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, valueOf(value)])));
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether a configuration value is encrypted. The SDK has the function and leaves it out of its types. */
function isSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}
