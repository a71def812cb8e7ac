import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { OwnPods } from "../../catalog/ownPods";
import { CLUSTER_PORT, internalService, PORT, type DeployedVault } from "../../vault/names";
import { DIRECTORIES } from "./serverConfig";

/** The Secret with Vault's certificate; its authority where this program has made it. */
export interface MountedTls {
  readonly secret: string;
  readonly ca?: pulumi.Output<string>;
}

/** User and group `vault` in HashiCorp's images. */
const USER = 100;
const GROUP = 1000;
/** Requests that equal the limits make the pod "Guaranteed", and Kubernetes gives no swap to those (node-pressure and swap behaviour: LimitedSwap). */
const RESOURCES = { cpu: "500m", memory: "256Mi" };

/** The pods of Vault: Pod Security "restricted", nothing written outside its volumes. */
export function podSpec(
  server: DeployedVault,
  tls: MountedTls,
  labels: Record<string, string>,
  pods?: OwnPods,
): k8s.types.input.core.v1.PodSpec {
  const { placement } = server;
  return {
    serviceAccountName: server.name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 10,
    securityContext: {
      runAsNonRoot: true,
      // Where the platform gives each namespace its users, its volumes' group is one of these.
      ...(pods?.user === "platform" ? {} : { runAsUser: USER, runAsGroup: GROUP, fsGroup: GROUP }),
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(server.replicas === 1 ? {} : apart(placement, labels)),
    ...(pods === undefined || pods.imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: pods.imagePullSecrets.map((name) => ({ name })) }),
    ...(placement.nodeSelector === undefined ? {} : { nodeSelector: placement.nodeSelector }),
    ...(placement.tolerations === undefined ? {} : { tolerations: placement.tolerations }),
    containers: [container(server)],
    volumes: [
      { name: "config", configMap: { name: `${server.name}-config` } },
      { name: "tls", secret: { secretName: tls.secret, defaultMode: 0o440 } },
      { name: "audit", emptyDir: {} },
      { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
    ],
  };
}

function container(server: DeployedVault): k8s.types.input.core.v1.Container {
  const { resources, seal } = server;
  const host = `$(POD_NAME).${internalService(server)}.${server.namespace}.svc`;
  return {
    name: "vault",
    image: server.image,
    ...(server.imagePullPolicy === undefined ? {} : { imagePullPolicy: server.imagePullPolicy }),
    command: ["vault", "server", `-config=${DIRECTORIES.config}/vault.hcl`],
    env: [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "VAULT_RAFT_NODE_ID", value: "$(POD_NAME)" },
      { name: "VAULT_API_ADDR", value: `https://${host}:${PORT}` },
      { name: "VAULT_CLUSTER_ADDR", value: `https://${host}:${CLUSTER_PORT}` },
      // A crash ends the process without what it had in memory: no dump of it, no traces of all its goroutines.
      { name: "GOTRACEBACK", value: "none" },
      { name: "HOME", value: "/tmp" },
      ...(seal.type === "transit" ? [{ name: "VAULT_TOKEN", valueFrom: { secretKeyRef: { name: seal.tokenSecret, key: "token" } } }] : []),
    ],
    ports: [
      { name: "https", containerPort: PORT },
      { name: "cluster", containerPort: CLUSTER_PORT },
    ],
    // Sealed and not initialised are not ready; a standby is, and passes on what it is asked.
    readinessProbe: {
      httpGet: { path: "/v1/sys/health?standbyok=true", port: "https", scheme: "HTTPS" },
      periodSeconds: 3,
      timeoutSeconds: 3,
      failureThreshold: 2,
    },
    // Alive is whatever answers: a restart unseals nothing.
    livenessProbe: {
      httpGet: { path: "/v1/sys/health?standbyok=true&sealedcode=204&uninitcode=204", port: "https", scheme: "HTTPS" },
      initialDelaySeconds: 60,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    resources: { requests: { ...RESOURCES, ...resources?.requests }, limits: { ...RESOURCES, ...resources?.limits } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "data", mountPath: DIRECTORIES.data },
      { name: "audit", mountPath: DIRECTORIES.audit },
      { name: "config", mountPath: DIRECTORIES.config, readOnly: true },
      { name: "tls", mountPath: DIRECTORIES.tls, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** Keeps replicas on different nodes, and spread over zones. */
function apart(
  { antiAffinity, topologyKey, zones }: DeployedVault["placement"],
  matchLabels: Record<string, string>,
): Pick<k8s.types.input.core.v1.PodSpec, "affinity" | "topologySpreadConstraints"> {
  const term = { topologyKey, labelSelector: { matchLabels } };
  return {
    ...(antiAffinity === "required" ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } } : {}),
    ...(antiAffinity === "preferred"
      ? { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] } } }
      : {}),
    ...(zones === "spread"
      ? {
          topologySpreadConstraints: [
            { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels } },
          ],
        }
      : {}),
  };
}
