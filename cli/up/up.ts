import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { loginAll, type Login } from "../shared/login";
import { observe, requestReconciliation, type Observation } from "../shared/observe";
import type { ServiceOutput } from "../../catalog/outputs";
import { outputs, type ManagedStack } from "../stack/engine";
import { FixableError } from "../../config/fixableError";
import type { Report } from "../../lab/progress";
import { up, type UpResult } from "../stack/stackUp";
import { isGuarded, requireBackend } from "../stack/guarded";
import { openTargetStack, prepareTarget, stackBeforeVault, startTarget, type Target, type TargetOptions } from "../stack/target";
import { eventually } from "../../lab/wait";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";

const RECONCILED_WITHIN_SECONDS = 300;
const REVERTED_WITHIN_SECONDS = 30;

export interface Outcome {
  target: Target;
  result: UpResult;
  services: Record<string, ServiceOutput>;
  logins: Login[];
  /** What the stack's file has and the stack does not have yet. */
  without?: string;
}

/**
 * From nothing to a login with every service's Secret: the cluster, the stack, CloudNativePG's word
 * that it has applied everything, the logins. Where the lab has to compile Vault first, the stack
 * is brought up without it until then.
 *
 * @param agree is asked before anything is changed in the cluster
 * @param show is given each outcome: the logins without Vault, where that was so, then the whole
 * stack's
 * @throws FixableError naming the step's log and the remedy
 */
export async function bringUp(
  report: Report,
  options: TargetOptions,
  name: string,
  agree: (target: Target) => Promise<void>,
  show: (outcome: Outcome) => void,
): Promise<void> {
  const target = await startTarget(report, options);
  if (target.kind === "own" && (await isGuarded(name))) await requireBackend(name, target.directory, process.env);
  await agree(target);
  const first = await stackBeforeVault(report, target, name);
  if (first) show(await logInWith(report, target, first, "without Vault, which is compiled next"));
  await prepareTarget(report, target, name);
  show(await logInWith(report, target, await openTargetStack(report, target, name)));
}

async function logInWith(report: Report, target: Target, stack: ManagedStack, without?: string): Promise<Outcome> {
  const result = await report.step(`pulumi up of stack ${stack.name}${without ? ` ${without}` : ""}`, async (update) => {
    const outcome = await up(stack, update);
    update(outcome.summary);
    return outcome;
  });
  const { cluster, services } = await outputs(stack);
  const primary = await report.step("CloudNativePG reconciles", (update) => reconciled(target.config, cluster, services, update));
  const logins = await report.step("Logins over TLS", (update) => loggedIn(target.config, cluster, primary, services, update));
  return { target, result, services, logins, ...(without === undefined ? {} : { without }) };
}

/** Waits until the operator has applied every role, password and database, and returns the primary's pod. */
async function reconciled(
  config: KubeConfig,
  cluster: string,
  services: Readonly<Record<string, ServiceOutput>>,
  update: (text: string) => void,
): Promise<string> {
  let last: Observation | undefined;
  const expired = () => {
    const waiting = last?.services.flatMap(({ service, waiting: reasons }) => reasons.map((reason) => `  ${service}: ${reason}`)) ?? [];
    return new FixableError(
      `CloudNativePG has not applied everything within ${RECONCILED_WITHIN_SECONDS} s\n${waiting.join("\n")}`,
      `see \`npm run kubectl -- describe ${kubectlKind("clusters", CNPG)} -n ${cluster.split("/")[0]}\` and the operator's log`,
    );
  };
  return eventually({ seconds: RECONCILED_WITHIN_SECONDS, everyMs: 300, expired }, async () => {
    last = await observe(config, cluster, services);
    const open = last.services.filter((service) => service.waiting.length > 0);
    update(`${last.services.length - open.length} of ${last.services.length}`);
    return open.length === 0 ? last.primary : undefined;
  });
}

/** Logs in with every Secret. A login that fails has a password that was changed by hand: CloudNativePG is asked to look at it, and given a moment. */
async function loggedIn(
  config: KubeConfig,
  cluster: string,
  primary: string,
  services: Readonly<Record<string, ServiceOutput>>,
  update: (text: string) => void,
): Promise<Login[]> {
  let logins = await loginAll(config, cluster, primary, services);
  // Of a DatabaseRole CloudNativePG takes nothing back that was changed by hand, however often it looks at the Cluster.
  const isLookedAt = Object.values(services).some(({ roleObject }) => roleObject === undefined);
  if (!isLookedAt || logins.every((login) => login.error === undefined)) return logins;
  update("some failed, asking CloudNativePG to revert what was changed by hand");
  await requestReconciliation(config, cluster);
  const deadline = performance.now() + REVERTED_WITHIN_SECONDS * 1000;
  while (logins.some((login) => login.error !== undefined) && performance.now() < deadline) {
    await sleep(1000);
    logins = await loginAll(config, cluster, primary, services);
  }
  return logins;
}
