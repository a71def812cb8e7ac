import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "./problem";
import { refuse } from "./refuse";
import { environmentOf, type Environment } from "./environment";
import type { StackConfig } from "./schema";
import { checkSecrecy } from "./secrecy";
import { validateStack } from "./validate";

/** A stack's configuration, checked, with what the engine knows of the stack. */
export interface Stack extends Omit<StackConfig, "kubeconfig" | "vaultValues" | "environment"> {
  /** `dev`, `staging`, `prod`. */
  readonly name: string;
  /** `organization/project/stack`, as the engine has it. */
  readonly fullName: string;
  readonly kubeconfig?: pulumi.Output<string>;
  /** By `<owner>/<name>#<key>`. */
  readonly vaultValues: Readonly<Record<string, pulumi.Output<string>>>;
  /** Absent where neither the name of the stack nor its configuration says so, and nothing depends on it. */
  readonly environment?: Environment;
}

/** What of it decides what is made: what a stack's file says without an engine. */
export type Choices = Omit<Stack, "fullName" | "kubeconfig" | "vaultValues"> & { readonly vaultValues: Readonly<Record<string, unknown>> };

/**
 * Reads and checks the configuration of the selected stack. The only place that reads it.
 *
 * @throws pulumi.RunError naming every problem with its path and remedy
 */
export function loadStack(): Stack {
  const config = new pulumi.Config();
  const name = pulumi.getStack();
  const file = `Pulumi.${name}.yaml`;
  const prefix = `${config.name}:`;
  const problems: Problem[] = [];
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (!key.startsWith(prefix)) continue;
    const setting = key.slice(prefix.length);
    problems.push(...checkSecrecy(setting, value, isSecret(key), file));
    raw[setting] = value;
  }
  const result = validateStack(raw, name);
  if ("problems" in result) problems.push(...result.problems);
  if (problems.length > 0 || !("config" in result)) return refuse(`Configuration of stack ${name}`, problems);
  const { kubeconfig, vaultValues = {}, environment: _, ...rest } = result.config;
  const environment = environmentOf(result.config, name);
  const fullName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${name}`;
  return {
    ...rest,
    name,
    fullName,
    vaultValues: Object.fromEntries(Object.entries(vaultValues).map(([key, value]) => [key, pulumi.secret(value)])),
    ...(environment === undefined ? {} : { environment }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: config.requireSecret("kubeconfig") }),
  };
}

/** Whether a configuration value is encrypted. The SDK has the function and leaves it out of its types. */
function isSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}
