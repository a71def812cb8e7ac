import type { StackConfig } from "../config/schema";

/** What a platform asks of the pods that the program makes, as the stack's file says it. */
export type OwnPods = NonNullable<StackConfig["pods"]>;

/** What one of them needs and is, wherever it runs. */
export interface PodNeeds {
  /** The user and the group in its image. Where the platform gives pods theirs, the image does with any. */
  readonly user: number;
  readonly group?: number;
  readonly resources: { readonly requests: Readonly<Record<string, string>>; readonly limits: Readonly<Record<string, string>> };
}

/** The proof of a credential. User and group are `postgres` in CloudNativePG's images. */
export const PROOF_NEEDS: PodNeeds = {
  user: 26,
  group: 26,
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
};

/** A service mesh's proxy would keep a Job from ever ending, or keep a session of psql from beginning. */
const NO_MESH = { "sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled" } as const;

/** Labels and annotations of a pod: the platform's, less what the program goes by. */
export function podMetadata<T extends Readonly<Record<string, unknown>>>(
  pods: OwnPods | undefined,
  labels: T,
  annotations: Readonly<Record<string, string>>,
): { labels: T & Record<string, string>; annotations: Record<string, string> } {
  return { labels: { ...pods?.labels, ...labels }, annotations: { ...annotations, ...NO_MESH, ...pods?.annotations } };
}

/** Pod Security "restricted", with the user that the image has, or that the platform gives. */
export function podSecurity(pods: OwnPods | undefined, { user, group }: Pick<PodNeeds, "user" | "group">): object {
  const own = { runAsUser: user, ...(group === undefined ? {} : { runAsGroup: group }) };
  return { runAsNonRoot: true, ...(pods?.user === "platform" ? {} : own), seccompProfile: { type: "RuntimeDefault" } };
}

/** The same of a container. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** What it needs, with what the platform wants said: a quota refuses what names no limit of CPU. */
export function podResources(
  pods: OwnPods | undefined,
  { requests, limits }: PodNeeds["resources"],
): {
  requests: Record<string, string>;
  limits: Record<string, string>;
} {
  return { requests: { ...requests, ...pods?.resources?.requests }, limits: { ...limits, ...pods?.resources?.limits } };
}

/** Where a pod may run. */
export interface PodPlacement {
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly tolerations?: readonly object[] | undefined;
}

/** Where it may run, and with what its image is fetched: the stack's, besides what the pod has of its own. */
export function podPlacement(
  pods: OwnPods | undefined,
  own: PodPlacement & { readonly imagePullSecrets?: readonly string[] } = {},
): object {
  const secrets = [...new Set([...(own.imagePullSecrets ?? []), ...(pods?.imagePullSecrets ?? [])])];
  const { nodeSelector = own.nodeSelector, tolerations = own.tolerations }: PodPlacement = pods ?? {};
  return {
    ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((name) => ({ name })) }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
  };
}

/** As whom a pod runs that asks the API server for nothing. */
export function podAccount(pods: OwnPods | undefined): object {
  return pods?.serviceAccount === undefined ? {} : { serviceAccountName: pods.serviceAccount };
}
