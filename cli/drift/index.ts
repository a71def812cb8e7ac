import type { KubeConfig } from "@kubernetes/client-node";
import { recordsIn } from "../../catalog/records";
import { FixableError } from "../../config/fixableError";
import type { Pulumi } from "../shared/pulumi";
import { catalogOf } from "../stack/stackFile";
import { evaluate, exitCode } from "./evaluate";
import { gather } from "./gather";
import { renderJson, renderText } from "./render";
import { readState } from "./state";
import type { DriftReport } from "./types";
import type { DesiredVault } from "./vaultTypes";

export interface DriftArgs {
  /** Where pulumi knows the stack. */
  pulumi: Pulumi;
  stack: string;
  config: KubeConfig;
  /** How the cluster was named, for the commands that fix it. */
  target: { kubeconfig?: string; context?: string; lab?: true };
  noLogin: boolean;
  /** Whether copies in Vault are left alone. */
  noVault: boolean;
  /** With which to look whether one of Vault's database engines has a role of CloudNativePG's; where another Vault than the stack's does. */
  vaultRoles?: { token: string; vault?: DesiredVault };
}

/**
 * Compares what Pulumi wrote, what the cluster has, what CloudNativePG says, what Postgres does and what Vault has copies of. Changes nothing.
 *
 * @throws FixableError when the state or the cluster cannot be read, and when there is no Vault to ask
 */
export async function drift({ pulumi, stack, config, target, noLogin, noVault, vaultRoles }: DriftArgs): Promise<DriftReport> {
  const own = recordsIn(await catalogOf(stack));
  const desired = { ...(await readState(pulumi, stack)), ...(own === undefined ? {} : { records: own.catalogue }) };
  const vault = vaultRoles?.vault ?? desired.vault;
  if (vaultRoles !== undefined && vault === undefined)
    throw new FixableError(`stack ${stack} has no Vault`, "name one in VAULT_ADDR, with its authority in VAULT_CACERT");
  const withToken = vaultRoles === undefined || vault === undefined ? {} : { withToken: { token: vaultRoles.token, vault } };
  return evaluate(stack, desired, await gather(config, desired, { noLogin, noVault, ...withToken }), target);
}

export { exitCode, renderJson, renderText };
