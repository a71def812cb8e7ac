import {
  CONTAINER_SECURITY,
  podAccount,
  podMetadata,
  podPlacement,
  podResources,
  podSecurity,
  PROOF_NEEDS,
  type OwnPods,
  type PodPlacement,
} from "../catalog/ownPods";
import type { Problem } from "../config/problem";
import type { StackConfig } from "../config/schema";
import { visible } from "../config/visible";
import type { Ask } from "../kube/client";
import { Unreachable } from "../kube/kubeconfig";
import { POD_LABEL } from "../kube/marks";

/** What of a stack decides whether the pod that proves a password may be. */
export interface ProofPod {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly imagePullSecrets: readonly string[];
  readonly placement: PodPlacement;
  readonly pods?: OwnPods | undefined;
}

/** Absent where the stack names no image, which the configuration's own check says. */
export function proofPodOf({
  rotation,
  cluster,
  labels,
  annotations,
  pods,
}: Pick<StackConfig, "rotation" | "cluster" | "labels" | "annotations" | "pods">): ProofPod | undefined {
  // That of a Cluster which is somebody else's is read.
  const image = rotation.proof.image ?? cluster.image ?? (cluster.existing ? "" : undefined);
  if (image === undefined) return undefined;
  const { nodeSelector, tolerations } = cluster.placement;
  return { image, labels, annotations, imagePullSecrets: cluster.imagePullSecrets, placement: { nodeSelector, tolerations }, pods };
}

/**
 * Who may not try; a webhook that answers to no trial; and the account that a controller gives each
 * new namespace a moment later.
 */
const NOT_A_REFUSAL = / cannot create resource | does not support dry run|serviceaccount "default" not found/;

/**
 * Why the cluster would refuse such a pod: a quota, a policy, an account that is not there. It is
 * tried, and not made. Nothing where it would be taken, or where nobody may know: the account makes
 * Jobs, and need not be allowed pods; a webhook may answer to no trial.
 */
export async function refusalOfProof(ask: Ask, namespace: string, { pods, ...proof }: ProofPod): Promise<string | undefined> {
  const labels = {
    ...proof.labels,
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "cnpg-credentials",
    [POD_LABEL]: "proof",
  };
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "proof-", ...podMetadata(pods, labels, proof.annotations) },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...podAccount(pods),
      ...podPlacement(pods, { imagePullSecrets: proof.imagePullSecrets, ...proof.placement }),
      securityContext: podSecurity(pods, PROOF_NEEDS),
      containers: [
        { name: "proof", image: proof.image, resources: podResources(pods, PROOF_NEEDS.resources), securityContext: CONTAINER_SECURITY },
      ],
    },
  };
  try {
    const answer = await ask("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, { body });
    const { message } = answer.body as { message?: unknown };
    if (![400, 403, 422].includes(answer.status) || typeof message !== "string") return undefined;
    return NOT_A_REFUSAL.test(message) ? undefined : message;
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    throw error;
  }
}

/**
 * In place, a password has ended by the time that nobody can prove the next one: refused where a
 * service is given another credential. Where none is, nothing is proven, and it is a note.
 *
 * @param rotated services that are given another credential
 */
export function checkProofPod(refusal: string | undefined, rotated: ReadonlySet<string>): { problems: Problem[]; notes: string[] } {
  if (refusal === undefined) return { problems: [], notes: [] };
  const message = `the cluster would refuse the pods that prove passwords: ${visible(refusal)}`;
  const remedy = "give them what it asks for with `pods` in the stack's file (docs/platform.md), or have the policy let them be";
  return rotated.size > 0
    ? { problems: [{ path: "pods", message, remedy }], notes: [] }
    : { problems: [], notes: [`pods: ${message}; ${remedy} before the next rotation`] };
}
