import type { BundleRecord } from "../../catalog/bundles/record";

/**
 * One or more of each kind that there is: keys of its own, of several paths, of a path that is
 * shared, whatever a path has; a namespace; labels.
 */
export const bundles: readonly BundleRecord[] = [
  {
    name: "pgadmin",
    description: "pgAdmin: its login through Keycloak, and its first account",
    externalSecrets: [
      { name: "pgadmin-oauth-client", keys: ["client-id", "client-secret"] },
      { name: "pgadmin-bootstrap", keys: ["email", "password"] },
    ],
  },
  {
    name: "langfuse",
    description: "Langfuse: its keys, and its first account and project",
    externalSecrets: [
      {
        name: "langfuse",
        keys: {
          "nextauth-secret": "langfuse/langfuse",
          salt: "langfuse/langfuse",
          "encryption-key": "langfuse/langfuse",
          "s3-secret-access-key": "shared/object-store-users#langfuse",
        },
      },
      { name: "langfuse-bootstrap", keys: ["user-email", "user-password", "project-public-key", "project-secret-key"] },
    ],
  },
  {
    name: "minio",
    description: "MinIO: root, and a user for each of its clients",
    externalSecrets: [
      { name: "minio-root-credentials", keys: ["root-user", "root-password"] },
      { name: "minio-service-users", from: "shared/object-store-users" },
    ],
  },
  {
    name: "workrequests-runner",
    description: "Runner of work requests: GitHub, its domain, its object store",
    externalSecrets: [
      { name: "workrequests-github-token", keys: { token: "shared/ghcr-token#token" } },
      { name: "workrequests-domain-token", keys: ["token"] },
      {
        name: "workrequests-minio-credentials",
        keys: {
          "access-key": "workrequests-runner/workrequests-minio-credentials#user",
          "secret-key": "shared/object-store-users#workrequests",
        },
      },
    ],
  },
  {
    name: "cert-manager",
    description: "cert-manager: the proof of domains through Azure DNS",
    namespace: "cert-manager",
    externalSecrets: [{ name: "azure-dns", keys: ["client-id", "client-secret"] }],
  },
  {
    name: "k8s-dashboard",
    description: "Kubernetes Dashboard: its login through Keycloak",
    externalSecrets: [
      {
        name: "k8s-dashboard-oauth",
        keys: {
          "client-id": "k8s-dashboard/k8s-dashboard-oauth",
          "client-secret": "k8s-dashboard/k8s-dashboard-oauth",
          "cookie-secret": "k8s-dashboard/k8s-dashboard-cookie",
        },
      },
    ],
  },
  {
    name: "neo4j",
    description: "Neo4j: its first account",
    externalSecrets: [{ name: "neo4j-auth", keys: ["username", "password"] }],
  },
  {
    name: "observability",
    description: "Grafana, Loki, Tempo and ClickHouse: accounts and object stores",
    externalSecrets: [
      { name: "grafana-admin", keys: ["admin-user", "admin-password"] },
      {
        name: "loki-minio",
        keys: { "access-key": "observability/loki-minio#user", "secret-key": "shared/object-store-users#loki" },
      },
      {
        name: "tempo-minio",
        keys: { "access-key": "observability/tempo-minio#user", "secret-key": "shared/object-store-users#tempo" },
      },
      { name: "clickhouse-auth", keys: ["username", "password"] },
    ],
  },
  {
    name: "argocd",
    description: "Argo CD: its login through Keycloak",
    namespace: "argocd",
    externalSecrets: [
      { name: "argocd-oauth-client", keys: ["client-id", "client-secret"], labels: { "app.kubernetes.io/part-of": "argocd" } },
    ],
  },
];
