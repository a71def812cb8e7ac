import * as fs from "node:fs/promises";
import * as path from "node:path";
import { eventually } from "./clock";
import { kubectl, STACK, target } from "./lab";
import { processIds } from "./processes";
import { alone } from "./turn";

const SYSTEM = "cnpg-system";
const OPERATOR = "deployment/cnpg-controller-manager";
const LABEL = "app.kubernetes.io/name=cloudnative-pg";
/** CloudNativePG's own, of its leader election. */
const LEASE = "db9c8771.cnpg.io";

/** Runs something, alone in the lab, while the operator does not run. It runs and leads again afterwards. */
export function withoutOperator<T>(work: () => Promise<T>): Promise<T> {
  return alone(async () => {
    await stopOperator();
    try {
      return await work();
    } finally {
      await startOperator();
    }
  });
}

/** For use within `alone`: everybody's operator. */
export async function stopOperator(): Promise<void> {
  await kubectl("-n", SYSTEM, "scale", OPERATOR, "--replicas=0");
  await kubectl("-n", SYSTEM, "delete", "pod", "-l", LABEL, "--grace-period=0", "--force", "--ignore-not-found");
  await kubectl("-n", SYSTEM, "wait", "--for=delete", "pod", "-l", LABEL, "--timeout=60s");
  // A pod that is removed by force is gone before its processes are.
  let left: number[] = [];
  const expired = () => new Error(`the operator does not end: processes ${left.join(", ")}`);
  await eventually({ seconds: 60, everyMs: 200, expired }, async () => (left = await processIds("operator")).length === 0 || undefined);
  // Killed, it has not given up its leadership, which would keep the next one waiting.
  await kubectl("-n", SYSTEM, "delete", "lease", LEASE, "--ignore-not-found");
}

/** When it is available it has its webhooks, too. It works once it leads. */
export async function startOperator(): Promise<void> {
  await kubectl("-n", SYSTEM, "scale", OPERATOR, "--replicas=1");
  await kubectl("-n", SYSTEM, "rollout", "status", OPERATOR, "--timeout=120s");
  let seen = "";
  const expired = () => new Error(`the operator does not lead: ${seen}`);
  await eventually({ seconds: 60, everyMs: 500, expired }, async () => {
    const pods = await kubectl("-n", SYSTEM, "get", "pods", "-l", LABEL, "-o", "jsonpath={.items[*].metadata.name}");
    const leader = await kubectl("-n", SYSTEM, "get", "lease", LEASE, "--ignore-not-found", "-o", "jsonpath={.spec.holderIdentity}");
    seen = `its pods are ${pods}, the leader is ${leader || "nobody"}`;
    return pods.split(" ").some((pod) => leader.startsWith(`${pod}_`)) || undefined;
  });
}

/**
 * Runs an `up` and stops the operator as soon as the `up` has said something: it does nothing more from that moment on. For use within `alone`.
 * @throws {Error} When the `up` ends without having said it.
 */
export async function stopOperatorDuring<T>(said: RegExp, up: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const log = path.join((await target()).directory, `up-${STACK}.log`);
  // Known before: it is quicker than a look at what runs.
  const operator = await processIds("operator");
  if (operator.length === 0) throw new Error("the operator does not run");
  let isOver = false;
  const run = up().finally(() => (isOver = true));
  const stop = async () => {
    const expired = () => new Error("the up takes too long");
    await eventually({ seconds: 600, everyMs: 20, expired }, async () => {
      // Another one's log is older.
      const { mtimeMs } = await fs.stat(log);
      const text = mtimeMs > started ? await fs.readFile(log, "utf8") : "";
      if (said.test(text)) return true;
      if (isOver) throw new Error(`the up has ended and has not said ${String(said)}:\n${text}`);
      return undefined;
    });
    for (const id of operator) process.kill(id, "SIGSTOP");
    await stopOperator();
  };
  const [outcome, stopped] = await Promise.allSettled([run, stop()]);
  if (stopped.status === "rejected") throw stopped.reason;
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}
