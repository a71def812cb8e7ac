import { stackFile, type StackName } from "./stackFiles";

/** Vault as the file of a stack has it, and what is fetched from it. */
export function vaultOf(stack: StackName): { vault: Record<string, unknown>; bundles: Record<string, unknown> } {
  return stackFile(stack) as ReturnType<typeof vaultOf>;
}

/** What preflight finds out of a Vault that this program is to set up. */
export const SESSION = {
  address: "https://127.0.0.1:8200",
  tlsServerName: "vault.vault.svc",
  wanted: { "policy ameide-vault": "digest" },
};

export const AZURE_PROVIDER = "pulumi:providers:azure-native::azure";
export const VAULT_PROVIDER = "pulumi:providers:vault::vault";
export const SETTINGS = "kubernetes:core/v1:ConfigMap::vault-server-config";
export const ASSIGNMENT = "azure-native:authorization:RoleAssignment::vault-seal-rights";

/** What is in Azure. */
export const AZURE = [
  ASSIGNMENT,
  "azure-native:keyvault:Key::vault-seal-key",
  "azure-native:keyvault:Vault::vault-seal-key-vault",
  "azure-native:managedidentity:FederatedIdentityCredential::vault-seal-credential",
  "azure-native:managedidentity:UserAssignedIdentity::vault-seal-identity",
];

/** What is written into Vault outside dev: paths whose every key this program knows. */
export const FIXTURES = [
  ...["k8s-dashboard-k8s-dashboard-cookie", "keycloak-keycloak-bootstrap-admin", "keycloak-keycloak-master-admin"],
  ...["langfuse-langfuse", "langfuse-langfuse-bootstrap", "minio-minio-root-credentials", "neo4j-neo4j-auth", "pgadmin-pgadmin-bootstrap"],
  ...["observability-clickhouse-auth", "observability-grafana-admin", "observability-loki-minio", "observability-tempo-minio"],
  ...["plausible-plausible-admin", "plausible-plausible-secret", "shared-object-store-users"],
  ...["workrequests-runner-workrequests-domain-token", "workrequests-runner-workrequests-minio-credentials"],
].map((name) => `vault:kv/secretV2:SecretV2::vault-configuration-fixture-${name}`);

/** Random values in the state. */
const GENERATED = [
  ...["k8s-dashboard-k8s-dashboard-cookie-cookie-secret", "keycloak-keycloak-bootstrap-admin-password"],
  ...["keycloak-keycloak-master-admin-password", "langfuse-langfuse-nextauth-secret", "langfuse-langfuse-salt"],
  ...["project-public-key", "project-secret-key", "user-password"].map((key) => `langfuse-langfuse-bootstrap-${key}`),
  ...["minio-minio-root-credentials-root-password", "neo4j-neo4j-auth-password", "observability-clickhouse-auth-password"],
  ...["observability-grafana-admin-admin-password", "pgadmin-pgadmin-bootstrap-password", "plausible-plausible-admin-password"],
  ...["plausible-plausible-secret-secret-key-base", "workrequests-runner-workrequests-domain-token-token"],
  ...["langfuse", "loki", "tempo", "workrequests"].map((user) => `shared-object-store-users-${user}`),
].map((name) => `random:index/randomPassword:RandomPassword::fixture-${name}`);

const SERVER = [
  "kubernetes:apps/v1:StatefulSet::vault-server",
  SETTINGS,
  "kubernetes:core/v1:Secret::vault-server-tls",
  "kubernetes:core/v1:Service::vault-server-clients",
  "kubernetes:core/v1:Service::vault-server-internal",
  "kubernetes:core/v1:ServiceAccount::vault-server-account",
  "kubernetes:policy/v1:PodDisruptionBudget::vault-server-budget",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::vault-server-token-review",
  "random:index/randomPassword:RandomPassword::vault-server-tls-authority-seed",
  "random:index/randomPassword:RandomPassword::vault-server-tls-server-seed",
  "random:index/randomUuid7:RandomUuid7::vault-server-tls-since",
];

const EXTERNAL_SECRETS = [
  "cert-manager-azure-dns",
  "inference-inference-api-credentials",
  "k8s-dashboard-k8s-dashboard-oauth",
  ...["admin-sa-sync", "bootstrap-admin", "master-admin", "platform-client"].map((name) => `keycloak-keycloak-${name}`),
  ...["langfuse-langfuse", "langfuse-langfuse-bootstrap", "minio-minio-root-credentials", "minio-minio-service-users", "neo4j-neo4j-auth"],
  ...["clickhouse-auth", "grafana-admin", "loki-minio", "tempo-minio"].map((name) => `observability-${name}`),
  ...["pgadmin-pgadmin-bootstrap", "pgadmin-pgadmin-oauth-client", "plausible-plausible-admin", "plausible-plausible-secret"],
  ...["domain-token", "github-token", "minio-credentials"].map((name) => `workrequests-runner-workrequests-${name}`),
].map((name) => `kubernetes:external-secrets.io/v1:ExternalSecret::external-${name}`);

/** Everything that staging and prod make beside their databases. */
export function vaultResources(store = "ameide-vault", missing: readonly string[] = []): string[] {
  const stores = [store, ...(missing.includes("cert-manager") ? [] : [`${store}.cert-manager`])];
  return [
    ...[
      "AzureSeal::vault-seal",
      "ExternalSecrets::external",
      ...stores.map((name) => `SecretStore::${name}`),
      "Vault::vault",
      "VaultCertificate::vault-server-tls",
    ].map((component) => `cnpg-credentials:index:${component}`),
    ...["VaultConfiguration::vault-configuration", "VaultServer::vault-server"].map((component) => `cnpg-credentials:index:${component}`),
    ...[AZURE_PROVIDER, VAULT_PROVIDER],
    ...AZURE,
    ...FIXTURES,
    ...GENERATED,
    "random:index/randomBytes:RandomBytes::fixture-langfuse-langfuse-encryption-key",
    ...SERVER,
    ...EXTERNAL_SECRETS.filter((id) => !missing.some((bundle) => id.includes(`::external-${bundle}-`))),
    ...stores.map((name) => `kubernetes:core/v1:ServiceAccount::${name}-account`),
    ...stores.map((name) => `kubernetes:external-secrets.io/v1:ClusterSecretStore::${name}`),
  ].sort();
}
