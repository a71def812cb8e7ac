import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { FixableError } from "../../config/fixableError";
import { eventually } from "../../lab/wait";
import { NAMESPACE } from "./place";

/** The mark of a namespace that was made for a trial, and may go with all that is in it. */
const LABEL = { "app.kubernetes.io/managed-by": "cnpg-credentials-try" } as const;
const GONE_WITHIN_SECONDS = 180;

type Namespace = { metadata?: { labels?: Record<string, string> } } | undefined;

const isOurs = (namespace: Namespace) => Object.entries(LABEL).every(([key, value]) => namespace?.metadata?.labels?.[key] === value);

async function find(core: CoreV1Api): Promise<Namespace> {
  return core.readNamespace({ name: NAMESPACE }).catch((error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  });
}

/** @throws FixableError when there is one of that name that is somebody else's */
export async function ensureTrialNamespace(config: KubeConfig): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const there = await find(core);
  if (there !== undefined && !isOurs(there))
    throw new FixableError(`there is a namespace ${NAMESPACE} that \`try\` has not made`, "remove it, or try in another cluster");
  if (there !== undefined) return;
  const labels = { ...LABEL, "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" };
  await core.createNamespace({ body: { metadata: { name: NAMESPACE, labels } } });
}

/**
 * Removes the namespace with everything in it, the database included, and waits until it is gone.
 * One that somebody else has made stays.
 *
 * @returns whether there was one of ours
 */
export async function removeTrialNamespace(config: KubeConfig): Promise<boolean> {
  const core = config.makeApiClient(CoreV1Api);
  if (!isOurs(await find(core))) return false;
  await core.deleteNamespace({ name: NAMESPACE });
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
