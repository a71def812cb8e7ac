import { roleSecret, SLOTS } from "../../catalog/names";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { OWNER } from "./fixtures";
import type { Asked, Reply } from "./apiServer";

export { OWNER };

type RequestedService = PreflightRequest["services"][number];

/** A service whose password is rotated in place. */
export function requestedService(name: string, secret: string, secretType: string): RequestedService {
  const roleSecrets = Object.fromEntries(SLOTS.map((slot) => [slot, roleSecret(name, slot)]));
  return {
    name,
    role: name,
    secret,
    roleSecrets,
    roleObjects: [name],
    secretType,
    passwordKey: "password",
    keys: ["username", "password", "uri"],
    workloads: [],
    tls: { mode: "require", isSaid: false },
  };
}

/** A stack that is about to be made for the first time. */
export function preflightRequest(): PreflightRequest {
  return {
    context: "lab",
    namespace: "apps",
    stack: "test",
    owner: OWNER,
    cluster: { name: "pg", storageSize: "2Gi", storageClasses: [null], hasOwnLines: false },
    authorities: [1],
    settleSeconds: 120,
    podMonitor: false,
    prometheusRule: false,
    imagePullSecrets: [],
    databaseRoles: false,
    scheduledBackups: [],
    elsewhere: [],
    services: [
      requestedService("agents", "agents-db-secret", "kubernetes.io/basic-auth"),
      requestedService("temporal", "temporal-db-env", "Opaque"),
    ],
  };
}

/** A cluster in which that can be done. */
export function clusterFacts(): ClusterFacts {
  return {
    server: "https://localhost:6443",
    namespaceExists: true,
    cnpgKinds: ["clusters", "databases", "databaseroles", "scheduledbackups"],
    operators: [{ version: "1.30.0", available: 1 }],
    podMonitors: false,
    prometheusRules: false,
    externalSecrets: [],
    storageClasses: [{ name: "standard", isDefault: true }],
    forbidden: [],
    objects: { secrets: [], jobs: [], clusters: [], databases: [], configmaps: [] },
    workloads: {},
    elsewhere: [],
    poolers: [],
    adoptable: {},
    authorities: {},
  };
}

const APPS = "/api/v1/namespaces/apps";
export const CNPG = "/apis/postgresql.cnpg.io/v1";
export const JOBS = "/apis/batch/v1/namespaces/apps/jobs";
export const REVIEWS = "/apis/authorization.k8s.io/v1";
export const OPERATORS = "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dcloudnative-pg";
export const EXTERNAL_SECRETS = "/apis/external-secrets.io/v1/namespaces/apps/externalsecrets";
const list = (...items: object[]) => ({ items });

/** The same cluster, as its API server answers. */
export function apiReplies(): Record<string, Reply> {
  return {
    "GET /version": { major: "1" },
    [`GET ${CNPG}`]: { resources: ["clusters", "databases", "databaseroles", "scheduledbackups"].map((name) => ({ name })) },
    [`GET ${APPS}`]: { metadata: { name: "apps" } },
    [`GET ${OPERATORS}`]: list(operator("registry.example/cloudnative-pg:1.30.0")),
    "GET /apis/storage.k8s.io/v1/storageclasses": list({
      metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    }),
    [`POST ${REVIEWS}/selfsubjectrulesreviews`]: {
      status: { resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] },
    },
    [`POST ${APPS}/pods?dryRun=All`]: { kind: "Pod" },
    [`GET ${CNPG}/namespaces/apps/clusters/pg`]: 404,
    [`GET ${APPS}/secrets`]: list(),
    [`GET ${JOBS}`]: list(),
    [`GET ${APPS}/configmaps`]: list(),
    // A cluster need not have the kind.
    [`GET ${EXTERNAL_SECRETS}`]: 404,
    [`GET ${CNPG}/namespaces/apps/clusters`]: list(),
    [`GET ${CNPG}/namespaces/apps/databases`]: list(),
  };
}

export function operator(image: string, availableReplicas = 1): object {
  return { spec: { template: { spec: { containers: [{ image }] } } }, status: { availableReplicas } };
}

/** Lets through what is allowed, asked one right at a time. */
export function accessReview(allowed: (verb: string, resource: string) => boolean): Reply {
  return ({ body }: Asked) => {
    const { verb, resource } = (body as { spec: { resourceAttributes: { verb: string; resource: string } } }).spec.resourceAttributes;
    return { status: { allowed: allowed(verb, resource) } };
  };
}
