import { environmentOf, type Environment } from "./environment";
import type { StackConfig } from "./schema";

/** What of a stack decides what is made: what its file says without an engine. */
export interface Choices extends Omit<StackConfig, "kubeconfig" | "vaultValues" | "environment"> {
  /** `dev`, `staging`, `prod`. */
  readonly name: string;
  /** By `<owner>/<name>#<key>`. */
  readonly vaultValues: Readonly<Record<string, unknown>>;
  /** Absent where neither the name of the stack nor its configuration says so, and nothing depends on it. */
  readonly environment?: Environment;
}

/** What of a configuration decides what is made. */
export function choicesOf(config: StackConfig, name: string): Choices {
  const { kubeconfig: _, vaultValues = {}, environment: _own, ...rest } = config;
  const environment = environmentOf(config, name);
  return { ...rest, name, vaultValues, ...(environment === undefined ? {} : { environment }) };
}
