import type { KubeConfig } from "@kubernetes/client-node";
import type { Pulumi } from "../recover";
import { evaluate, exitCode } from "./evaluate";
import { gather } from "./gather";
import { renderJson, renderText } from "./render";
import { readState } from "./state";
import type { DriftReport } from "./types";

export interface DriftArgs {
  /** Where pulumi knows the stack. */
  pulumi: Pulumi;
  stack: string;
  config: KubeConfig;
  /** How the cluster was named, for the commands that mend. */
  target: { kubeconfig?: string; context?: string };
  noLogin: boolean;
}

/**
 * Compares what Pulumi wrote, what the cluster has, what CloudNativePG says and what Postgres does. Changes nothing.
 *
 * @throws CliError when the state or the cluster cannot be read
 */
export async function drift({ pulumi, stack, config, target, noLogin }: DriftArgs): Promise<DriftReport> {
  const desired = await readState(pulumi, stack);
  return evaluate(stack, desired, await gather(config, desired, noLogin), target);
}

export { exitCode, renderJson, renderText };
