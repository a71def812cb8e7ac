import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { clusterMetadata, metadata, type Placement } from "../metadata";
import { VaultCertificate } from "./certificate";
import type { VaultEndpoint } from "./endpoint";
import {
  certificateNames,
  clientAddress,
  internalService,
  PORT,
  tlsSecret,
  tokenReview,
  vaultLabels,
  type DeployedVault,
} from "../../vault/names";
import { serverConfig, TRANSIT_CA, type KnownSeal, type Seal } from "./serverConfig";
import { podSpec, type MountedTls } from "./serverPod";
import { CHECKSUM_ANNOTATION } from "../../kube/marks";

export interface VaultServerArgs {
  /** The stack's settings. Another name or namespace is another, empty Vault. */
  server: DeployedVault;
  /** In Vault's namespace. */
  place: Placement;
  /** What unseals it. */
  seal: pulumi.Input<Seal>;
  /** Whether Pulumi refuses to delete what it is. */
  protection: "none" | "protected";
  /** What closes it off, and is there before it: the first client that reaches it could initialise it. @default nothing */
  closedBy?: readonly pulumi.Resource[];
}

/** How many may be away at a time, of those that have a majority without it. */
const AWAY = 1;

/**
 * Vault, as a StatefulSet with its storage in raft. Clients' service leads to replicas that are unsealed; the internal one to all, since what is sealed or not initialised yet
 * has to be reached by what mends that, and by the other replicas. An `up` does not wait for it: outside dev it is not ready before the ceremony.
 */
export class VaultServer extends pulumi.ComponentResource {
  readonly endpoint: VaultEndpoint;

  constructor(name: string, args: VaultServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:VaultServer", name, {}, opts);
    const { server, place, protection, closedBy = [] } = args;
    const labels = vaultLabels(server);
    const own = (object: string, extra: Parameters<typeof metadata>[2] = {}) => metadata(place, object, { ...extra, labels });
    const child = { parent: this };
    const seal = pulumi.output(args.seal);
    const config = seal.apply((known) => serverConfig(server, known));
    const transitCa = server.seal.type === "transit" ? server.seal.ca : undefined;

    const tls = certificate(name, args, this);
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: own(server.name, { annotations: workloadIdentity(seal, server.seal) }), automountServiceAccountToken: false },
      child,
    );
    // A client that logs in shows a token: Vault has the API server say whose it is.
    new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-token-review`,
      {
        metadata: clusterMetadata(place, tokenReview(server), { labels }),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
        subjects: [{ kind: "ServiceAccount", name: server.name, namespace: place.namespace }],
      },
      child,
    );
    const settings = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      {
        metadata: own(`${server.name}-config`),
        data: { "vault.hcl": config, ...(transitCa === undefined ? {} : { [TRANSIT_CA]: transitCa }) },
      },
      child,
    );
    const ports = [{ name: "https", port: PORT, targetPort: "https" }];
    const internal = new k8s.core.v1.Service(
      `${name}-internal`,
      {
        metadata: own(internalService(server), { annotations: SKIP_AWAIT }),
        spec: { clusterIP: "None", publishNotReadyAddresses: true, selector: labels, ports },
      },
      child,
    );
    const clients = new k8s.core.v1.Service(
      `${name}-clients`,
      // Before the ceremony it has no endpoints, which is as it should be.
      { metadata: own(server.name, { annotations: SKIP_AWAIT }), spec: { selector: labels, ports } },
      child,
    );
    if (server.replicas > 1)
      new k8s.policy.v1.PodDisruptionBudget(
        `${name}-budget`,
        {
          metadata: own(server.name),
          // One that is sealed is no use to the others, and must not keep a node from being drained.
          spec: { maxUnavailable: AWAY, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: labels } },
        },
        child,
      );
    // A new configuration or certificate is read at a restart.
    const checksum = pulumi.all([config, tls.ca]).apply(([text, ca]) =>
      createHash("sha256")
        .update(text)
        .update(ca ?? "")
        .digest("hex"),
    );
    const set = new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata: own(server.name, { annotations: { ...SKIP_AWAIT, ...reloadOn(server) } }),
        spec: {
          serviceName: internalService(server),
          replicas: server.replicas,
          // All at once: the first one is ready only when it is initialised, which takes the others.
          podManagementPolicy: "Parallel",
          selector: { matchLabels: labels },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          volumeClaimTemplates: [volumeClaim(server)],
          template: {
            metadata: {
              labels: { ...own(server.name).labels, ...identityLabel(server) },
              annotations: { ...place.annotations, [CHECKSUM_ANNOTATION]: checksum },
            },
            spec: podSpec(server, tls, labels, place.pods),
          },
        },
      },
      { parent: this, protect: protection === "protected", dependsOn: [settings, internal, account, ...tls.resources, ...closedBy] },
    );
    this.endpoint = {
      address: clientAddress(server),
      ...(tls.ca === undefined ? { caSecret: { name: tls.secret, namespace: place.namespace } } : { ca: tls.ca }),
      ready: [set, clients],
    };
    this.registerOutputs();
  }
}

const SKIP_AWAIT = { "pulumi.com/skipAwait": "true" };

function certificate(
  name: string,
  { server, place }: VaultServerArgs,
  parent: pulumi.Resource,
): MountedTls & { resources: pulumi.Resource[] } {
  const secret = tlsSecret(server);
  if (server.tls.kind === "secret") return { secret, resources: [] };
  const made = new VaultCertificate(`${name}-tls`, { place, secret, names: certificateNames(server) }, { parent });
  return { secret, ca: made.ca, resources: [made.secret] };
}

function volumeClaim({ storage }: DeployedVault): k8s.types.input.core.v1.PersistentVolumeClaim {
  return {
    metadata: { name: "data" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storage.class === undefined ? {} : { storageClassName: storage.class }),
      resources: { requests: { storage: storage.size } },
    },
  };
}

/** What Azure's webhook looks for: it gives the pod a token of the identity, and no secret. */
function workloadIdentity(seal: pulumi.Output<KnownSeal>, { type }: DeployedVault["seal"]): Record<string, pulumi.Input<string>> {
  if (type !== "azurekeyvault") return {};
  return { "azure.workload.identity/client-id": seal.apply((known) => (known.type === type ? known.clientId : "")) };
}

function identityLabel({ seal }: DeployedVault): Record<string, string> {
  return seal.type === "azurekeyvault" ? { "azure.workload.identity/use": "true" } : {};
}

/** Vault reads a renewed certificate when it begins: Reloader, where there is one, sees to that. */
function reloadOn({ tls }: DeployedVault): Record<string, string> {
  return tls.kind === "secret" ? { "secret.reloader.stakater.com/reload": tls.name } : {};
}
