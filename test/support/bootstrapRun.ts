import { BOOTSTRAP_SECONDS } from "../../components/vault/bootstrapPod";
import { BOOTSTRAP } from "../../vault/names";
import { createJobFrom, endOf, type Kubectl } from "./jobs";

/** Within which any run has ended. */
export const RUN_SECONDS = BOOTSTRAP_SECONDS + 30;

/** For how long a run's log stays, where nobody removes the run before. */
const KEPT_SECONDS = 3600;

/**
 * Begins a run of dev's bootstrap that is not the CronJob's: of its own it keeps one that has
 * succeeded and one that has failed, so that the next minute's run would take away one that is
 * still to be waited for or read.
 */
export function beginBootstrap(kubectl: Kubectl, namespace: string, name: string): Promise<void> {
  return createJobFrom(kubectl, namespace, { name, cronJob: BOOTSTRAP }, (job) => {
    delete job.metadata.ownerReferences;
    job.spec.ttlSecondsAfterFinished = KEPT_SECONDS;
  });
}

/** Has dev's bootstrap run now, as by hand, and returns what it said once it has ended. */
export async function runBootstrapWith(kubectl: Kubectl, namespace: string): Promise<{ ok: boolean; log: string }> {
  const name = `by-hand-${Date.now()}`;
  await beginBootstrap(kubectl, namespace, name);
  return endOf(kubectl, namespace, name, RUN_SECONDS);
}
