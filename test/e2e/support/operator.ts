import * as fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl, target } from "./lab";
import { signal } from "./processes";

const SYSTEM = "cnpg-system";
const OPERATOR = "deployment/cnpg-controller-manager";

export async function stopOperator(): Promise<void> {
  await kubectl("-n", SYSTEM, "scale", OPERATOR, "--replicas=0");
  await kubectl(
    "-n",
    SYSTEM,
    "delete",
    "pod",
    "-l",
    "app.kubernetes.io/name=cloudnative-pg",
    "--grace-period=0",
    "--force",
    "--ignore-not-found",
  );
  await kubectl("-n", SYSTEM, "wait", "--for=delete", "pod", "-l", "app.kubernetes.io/name=cloudnative-pg", "--timeout=60s");
}

/** It has its webhooks, too, when it is available. */
export async function startOperator(): Promise<void> {
  await kubectl("-n", SYSTEM, "scale", OPERATOR, "--replicas=1");
  await kubectl("-n", SYSTEM, "rollout", "status", OPERATOR, "--timeout=120s");
}

/** Stops the operator for good as soon as an `up` that is about to start has said something: it does nothing more from that moment on. */
export async function stopOperatorWhen(said: RegExp): Promise<void> {
  const log = `${(await target()).directory}/up.log`;
  const started = Date.now();
  for (;;) {
    const { mtimeMs } = await fs.stat(log);
    if (mtimeMs > started && said.test(await fs.readFile(log, "utf8"))) break;
    await sleep(20);
  }
  if ((await signal("operator", "SIGSTOP")) === 0) throw new Error("the operator does not run");
  await stopOperator();
}
