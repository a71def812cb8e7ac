import { AUTHORITIES_ANNOTATION, OWNER_ANNOTATION } from "../../../kube/marks";
import type { KubeObject } from "./client";
import { CLUSTER } from "./stage";

const CNPG = "postgresql.cnpg.io/v1";

/** A Secret with these values. */
export function secret(name: string, values: Readonly<Record<string, string>> = {}, type = "Opaque"): KubeObject {
  const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, type, data: Object.fromEntries(data) as Record<string, string> };
}

export function configMap(name: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
}

/** A Cluster of CloudNativePG's. */
export function cluster(spec: Readonly<Record<string, unknown>> = {}, name = CLUSTER): KubeObject {
  return { apiVersion: CNPG, kind: "Cluster", metadata: { name }, spec: { instances: 1, storage: { size: "2Gi" }, ...spec } };
}

export function database(name: string): KubeObject {
  return { apiVersion: CNPG, kind: "Database", metadata: { name }, spec: { name, owner: name, cluster: { name: CLUSTER } } };
}

export function databaseRole(name: string): KubeObject {
  return { apiVersion: CNPG, kind: "DatabaseRole", metadata: { name }, spec: { name, cluster: { name: CLUSTER } } };
}

export function scheduledBackup(name: string): KubeObject {
  return { apiVersion: CNPG, kind: "ScheduledBackup", metadata: { name }, spec: { schedule: "0 0 0 * * *", cluster: { name: CLUSTER } } };
}

/** A Pooler that takes TLS and leads to the stack's Cluster, but for what a test has of it. */
export function pooler(name: string, pgbouncer: Readonly<Record<string, unknown>> = {}, to = CLUSTER): KubeObject {
  const parameters = { client_tls_sslmode: "require" };
  return {
    apiVersion: CNPG,
    kind: "Pooler",
    metadata: { name },
    spec: { cluster: { name: to }, type: "rw", pgbouncer: { poolMode: "session", parameters, ...pgbouncer } },
  };
}

/** A Job, or what is restarted: pods of them there are none. */
export function workload(kind: "Job" | "Deployment" | "StatefulSet", name: string): KubeObject {
  const labels = { app: name };
  const restartPolicy = kind === "Job" ? "Never" : "Always";
  const template = { metadata: { labels }, spec: { restartPolicy, containers: [{ name: "main", image: "example.com/none" }] } };
  const spec = kind === "Job" ? { template: { spec: template.spec } } : { selector: { matchLabels: labels }, template };
  return {
    apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name },
    spec: { ...spec, ...(kind === "StatefulSet" && { serviceName: name }) },
  };
}

/** What fetches one key into a Secret. */
export function externalSecret(name: string, target = name): KubeObject {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name },
    spec: {
      secretStoreRef: { name: "theirs", kind: "ClusterSecretStore" },
      target: { name: target },
      data: [{ secretKey: "password", remoteRef: { key: "theirs/password", property: "password" } }],
    },
  };
}

/** A ClusterSecretStore of somebody's. */
export function store(name: string): KubeObject {
  const provider = {
    vault: { server: "https://vault.example.com", auth: { tokenSecretRef: { name: "token", namespace: "x", key: "k" } } },
  };
  return { apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore", metadata: { name }, spec: { provider } };
}

/** The object as one of a state's own. */
export function marked(object: KubeObject, mark: string): KubeObject {
  // A Cluster of the program's own says whose authorities it has.
  const authorities: Record<string, string> = object.kind === "Cluster" ? { [AUTHORITIES_ANNOTATION]: "1" } : {};
  const annotations = { ...authorities, ...object.metadata.annotations, [OWNER_ANNOTATION]: mark };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
