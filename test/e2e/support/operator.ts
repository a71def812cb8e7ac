import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../../lab/wait";
import { kubectl, target } from "./lab";
import { processIds } from "./processes";

const SYSTEM = "cnpg-system";
const OPERATOR = "deployment/cnpg-controller-manager";
const LABEL = "app.kubernetes.io/name=cloudnative-pg";
/** CloudNativePG's own, of its leader election. */
const LEASE = "db9c8771.cnpg.io";

export async function stopOperator(): Promise<void> {
  await kubectl("-n", SYSTEM, "scale", OPERATOR, "--replicas=0");
  await kubectl("-n", SYSTEM, "delete", "pod", "-l", LABEL, "--grace-period=0", "--force", "--ignore-not-found");
  await kubectl("-n", SYSTEM, "wait", "--for=delete", "pod", "-l", LABEL, "--timeout=60s");
}

/** It has its webhooks, too, when it is available; and works once its predecessor, which was killed and has told nobody, does not lead any more. */
export async function startOperator(): Promise<void> {
  await kubectl("-n", SYSTEM, "scale", OPERATOR, "--replicas=1");
  await kubectl("-n", SYSTEM, "rollout", "status", OPERATOR, "--timeout=120s");
  await eventually({ seconds: 60, everyMs: 500, expired: () => new Error("the operator does not lead") }, async () => {
    const pods = await kubectl("-n", SYSTEM, "get", "pods", "-l", LABEL, "-o", "jsonpath={.items[*].metadata.name}");
    const leader = await kubectl("-n", SYSTEM, "get", "lease", LEASE, "-o", "jsonpath={.spec.holderIdentity}");
    return pods.split(" ").some((pod) => leader.startsWith(`${pod}_`)) || undefined;
  });
}

/** Stops the operator for good as soon as an `up` that is about to start has said something: it does nothing more from that moment on. */
export async function stopOperatorWhen(said: RegExp): Promise<void> {
  const started = Date.now();
  const log = `${(await target()).directory}/up.log`;
  // Known before: it is quicker than a look at what runs.
  const operator = await processIds("operator");
  if (operator.length === 0) throw new Error("the operator does not run");
  for (;;) {
    const { mtimeMs } = await fs.stat(log);
    if (mtimeMs > started && said.test(await fs.readFile(log, "utf8"))) break;
    await sleep(20);
  }
  for (const id of operator) process.kill(id, "SIGSTOP");
  await stopOperator();
}
