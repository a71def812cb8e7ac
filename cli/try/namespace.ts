import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { FixableError } from "../../config/fixableError";
import { eventually } from "../../lab/wait";
import { NAMESPACE } from "./place";

/** Says to people that a namespace was made for a trial. */
const LABEL = { "app.kubernetes.io/managed-by": "cnpg-credentials-try" } as const;
/** Label with whose trial it is: that one's, and nobody else's, may go with all that is in it. */
const TRIAL_LABEL = "cnpg-credentials/trial";
const GONE_WITHIN_SECONDS = 180;

type Namespace = { metadata?: { uid?: string; labels?: Record<string, string> } } | undefined;

const isOf = (trial: string, namespace: Namespace) => namespace?.metadata?.labels?.[TRIAL_LABEL] === trial;

async function find(core: CoreV1Api): Promise<Namespace> {
  return core.readNamespace({ name: NAMESPACE }).catch((error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  });
}

/**
 * @param trial whose it is
 * @throws FixableError when there is one of that name that is somebody else's
 */
export async function ensureTrialNamespace(config: KubeConfig, trial: string): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const there = await find(core);
  if (there !== undefined && !isOf(trial, there))
    throw new FixableError(`there is a namespace ${NAMESPACE} that this trial has not made`, "remove it, or try in another cluster");
  if (there !== undefined) return;
  const labels = {
    ...LABEL,
    [TRIAL_LABEL]: trial,
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
  };
  await core.createNamespace({ body: { metadata: { name: NAMESPACE, labels } } });
}

/**
 * Removes the namespace with everything in it, the database included, and waits until it is gone.
 * One that somebody else has made stays.
 *
 * @returns whether there was one of ours
 */
export async function removeTrialNamespace(config: KubeConfig, trial: string): Promise<boolean> {
  const core = config.makeApiClient(CoreV1Api);
  const there = await find(core);
  if (!isOf(trial, there)) return false;
  // The one that was looked at, and none that has its name since.
  const uid = there?.metadata?.uid;
  await core.deleteNamespace({ name: NAMESPACE, ...(uid === undefined ? {} : { body: { preconditions: { uid } } }) });
  const expired = () =>
    new FixableError(
      `the namespace ${NAMESPACE} is not gone after ${GONE_WITHIN_SECONDS} s`,
      `see \`kubectl describe namespace ${NAMESPACE}\``,
    );
  await eventually({ seconds: GONE_WITHIN_SECONDS, everyMs: 500, expired }, async () =>
    (await find(core)) === undefined ? true : undefined,
  );
  return true;
}
