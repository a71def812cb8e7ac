import type { ServiceRecord } from "../../catalog/record";

type Secret = NonNullable<ServiceRecord["secret"]>;
const service = (name: string, description: string, secret: Secret, more: Partial<ServiceRecord> = {}): ServiceRecord => {
  return { name, description, secret, ...more };
};
const LOGIN = ["username", "password"];
const CLIENT = ["client-id", "client-secret"];

/**
 * One or more of each kind that there is: both templates, names of its own, extensions, Secrets
 * from Vault, the owner of the first database.
 */
export const catalogue: readonly ServiceRecord[] = [
  service("platform", "Platform: the product's core service", { name: "platform-db-credentials" }),
  service("agents", "Agents: definitions and configuration of agents", { name: "agents-db-secret" }),
  service("agents-runtime", "Agents runtime: runs of agents", { name: "agents-runtime-db-secret" }),
  service("graph", "Graph: the knowledge graph", { name: "graph-db-credentials" }),
  service("transformation", "Transformation: data transformations", { name: "transformation-db-credentials" }),
  service("threads", "Threads: conversations", { name: "threads-db-credentials" }),
  service("workflows", "Workflows: workflow definitions", { name: "workflows-db-secret" }),
  service("temporal", "Temporal: default store", { name: "temporal-db-env", template: "temporal-env" }),
  service(
    "temporal-visibility",
    "Temporal: visibility store",
    { name: "temporal-visibility-db-env", template: "temporal-visibility-env" },
    { extensions: [{ name: "btree_gin" }] },
  ),
  service(
    "plausible",
    "Plausible: web analytics",
    { name: "plausible-db-credentials" },
    {
      extensions: [{ name: "citext" }],
      externalSecrets: [
        { name: "plausible-secret", keys: ["secret-key-base"] },
        { name: "plausible-admin", keys: ["email", ...LOGIN] },
      ],
    },
  ),
  service(
    "keycloak",
    "Keycloak: identities",
    { name: "keycloak-db-credentials" },
    {
      externalSecrets: [
        { name: "keycloak-bootstrap-admin", keys: LOGIN },
        { name: "keycloak-master-admin", keys: LOGIN },
        { name: "keycloak-platform-client", keys: CLIENT },
        { name: "keycloak-admin-sa-sync", keys: CLIENT },
      ],
    },
  ),
  service(
    "inference",
    "Inference: checkpoints of LangGraph",
    { name: "inference-db-credentials" },
    {
      database: "langgraph",
      externalSecrets: [
        { name: "inference-api-credentials", keys: ["LANGSMITH_API_KEY", "OPENAI_API_KEY", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"] },
      ],
    },
  ),
  service("backstage", "Backstage: the developer portal", { name: "backstage-db-credentials" }),
  service(
    "base",
    "Legacy shared login, to be migrated away from",
    { name: "postgres-ameide-auth" },
    { role: "dbuser", database: "ameide", bootstrapOwner: true },
  ),
];
