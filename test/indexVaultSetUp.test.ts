import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Run } from "./support/program";
import { expectedResources, finding, ids, PROVIDER, SERVICES, wholeProgram, type Outputs } from "./support/wholeProgram";

const CA = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const VAULT = {
  server: {
    kind: "deployed",
    image: "hashicorp/vault:1.21.2",
    replicas: 3,
    storage: { size: "10Gi" },
    tls: { kind: "secret", name: "vault-tls" },
    seal: {
      type: "azurekeyvault",
      tenantId: "7d0b5a0e-31c5-4b7e-9f5b-0d8f5d3f7c11",
      keyVault: {
        kind: "managed",
        name: "kv-ameide-prod",
        subscriptionId: "5f1c2a34-8d7e-4b1a-9c55-2f6b7d8e9a01",
        resourceGroup: "vault",
        location: "westeurope",
        issuer: "https://westeurope.oic.prod-aks.azure.com/t/c/",
      },
    },
  },
  configuration: { by: "pulumi", address: "https://127.0.0.1:8200", tlsServerName: "vault.vault.svc", ca: CA },
};
const WANTED = { "policy ameide-vault": "digest" };
const SESSION = {
  address: "https://127.0.0.1:8200",
  tlsServerName: "vault.vault.svc",
  wanted: WANTED,
  found: { mounts: ["secret"], auth: false },
};

const AZURE = [
  "azure-native:authorization:RoleAssignment::vault-seal-rights",
  "azure-native:keyvault:Key::vault-seal-key",
  "azure-native:keyvault:Vault::vault-seal-key-vault",
  "azure-native:managedidentity:FederatedIdentityCredential::vault-seal-credential",
  "azure-native:managedidentity:UserAssignedIdentity::vault-seal-identity",
];
const AZURE_PROVIDER = "pulumi:providers:azure-native::azure";
const VAULT_PROVIDER = "pulumi:providers:vault::vault";
const FIXTURES = [
  ...["keycloak-keycloak-bootstrap-admin", "keycloak-keycloak-master-admin", "k8s-dashboard-k8s-dashboard-cookie"],
  ...["langfuse-langfuse", "langfuse-langfuse-bootstrap", "minio-minio-root-credentials", "neo4j-neo4j-auth", "pgadmin-pgadmin-bootstrap"],
  ...["observability-clickhouse-auth", "observability-grafana-admin", "observability-loki-minio", "observability-tempo-minio"],
  ...["plausible-plausible-admin", "plausible-plausible-secret", "shared-object-store-users"],
  ...["workrequests-runner-workrequests-domain-token", "workrequests-runner-workrequests-minio-credentials"],
].map((name) => `vault:kv/secretV2:SecretV2::vault-configuration-fixture-${name}`);
const SET_UP = [
  "vault:index/authBackend:AuthBackend::vault-configuration-kubernetes",
  "vault:index/mount:Mount::vault-configuration-engine-secret",
  "vault:index/policy:Policy::vault-configuration-policy-ameide-vault",
  "vault:kubernetes/authBackendConfig:AuthBackendConfig::vault-configuration-kubernetes-config",
  "vault:kubernetes/authBackendRole:AuthBackendRole::vault-configuration-role-ameide-vault",
  "vault:kv/secretBackendV2:SecretBackendV2::vault-configuration-engine-secret-settings",
  ...FIXTURES,
];
const SERVER = [
  "cnpg-credentials:index:VaultServer::vault-server",
  "kubernetes:apps/v1:StatefulSet::vault-server",
  "kubernetes:core/v1:ConfigMap::vault-server-config",
  "kubernetes:core/v1:Service::vault-server-clients",
  "kubernetes:core/v1:Service::vault-server-internal",
  "kubernetes:core/v1:ServiceAccount::vault-server-account",
  "kubernetes:policy/v1:PodDisruptionBudget::vault-server-budget",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::vault-server-token-review",
];
const STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore::ameide-vault";

describe("index, Vault outside dev", () => {
  const { up, onPreflight } = wholeProgram();

  function prod(change: object = {}, preview = false): Promise<Run<Outputs>> {
    onPreflight(finding({}, {}, SESSION));
    return up("prod", { vault: { ...VAULT, ...change } }, preview);
  }
  const beside = ({ resources }: Run<unknown>) =>
    ids(resources).filter((id) => !expectedResources(SERVICES).includes(id) && !/^random:|ExternalSecret(s)?::/.test(id));

  it("prod: makes exactly its seal, its server and what is in Vault, the same in a preview", async () => {
    const expected = [
      ...["AzureSeal::vault-seal", "Vault::vault", "VaultConfiguration::vault-configuration", "SecretStore::ameide-vault"].map(
        (component) => `cnpg-credentials:index:${component}`,
      ),
      ...[AZURE_PROVIDER, VAULT_PROVIDER, STORE, "kubernetes:core/v1:ServiceAccount::ameide-vault-account"],
      ...[...AZURE, ...SERVER, ...SET_UP],
    ].sort();
    for (const preview of [false, true]) assert.deepEqual(beside(await prod({}, preview)), expected);
  });

  it("reaches each through a provider of its own", async () => {
    const { resources } = await prod();
    const providers = { azure: AZURE_PROVIDER, vault: VAULT_PROVIDER, kubernetes: PROVIDER };
    for (const { id, provider } of resources) {
      const [, kind] = /^(azure|vault|kubernetes)[-:]/.exec(id) ?? [];
      if (kind !== undefined) assert.equal(provider, providers[kind as keyof typeof providers], id);
    }
  });

  it("gives Vault's provider no token, and leaves nothing of it to the environment", async () => {
    const { inputs, secrets } = (await prod()).get(VAULT_PROVIDER);
    assert.deepEqual(inputs, {
      address: "https://127.0.0.1:8200",
      tlsServerName: "vault.vault.svc",
      skipChildToken: "true",
      skipTlsVerify: "false",
      vaultVersionOverride: "1.15.0",
      maxLeaseTtlSeconds: "1200",
      maxRetries: "2",
    });
    assert.deepEqual(secrets, []);
  });

  it("has Vault use the key in Azure as its service account, once that may", async () => {
    const { get } = await prod();
    const { data } = get("kubernetes:core/v1:ConfigMap::vault-server-config").inputs as { data: Record<string, string> };
    assert.match(
      data["vault.hcl"]!,
      /seal "azurekeyvault" \{\n {2}tenant_id = "7d0b.*"\n {2}vault_name = "kv-ameide-prod"\n {2}key_name = "vault-unseal"\n {2}client_id = "client-id"\n\}/,
    );
    const { metadata } = get("kubernetes:core/v1:ServiceAccount::vault-server-account").inputs as {
      metadata: { annotations: Record<string, string> };
    };
    assert.equal(metadata.annotations["azure.workload.identity/client-id"], "client-id");
    assert.ok(get("kubernetes:core/v1:ConfigMap::vault-server-config").dependsOn.includes(AZURE[0]!));
  });

  it("waits with the store for what it needs in Vault", async () => {
    const { dependsOn } = (await prod()).get(STORE);
    for (const id of ["vault:index/policy:Policy::vault-configuration-policy-ameide-vault", ...FIXTURES])
      assert.ok(dependsOn.includes(id), id);
  });

  it("takes over the engine that was found", async () => {
    const { resources } = await prod();
    assert.deepEqual(
      resources.filter(({ options }) => options.import).map(({ id }) => id),
      ["vault:index/mount:Mount::vault-configuration-engine-secret"],
    );
  });

  it("says what was made, as a secret, and what somebody else has to write", async () => {
    const { vault } = (await prod()).result as Outputs & { vault: { applied: pulumi.Output<object>; fromOutside: Record<string, object> } };
    assert.equal(await pulumi.isSecret(vault.applied), true);
    assert.deepEqual(await new Promise((resolve) => vault.applied.apply(resolve)), WANTED);
    assert.deepEqual(vault.fromOutside["inference/inference-api-credentials"], {
      LANGSMITH_API_KEY: "of a third party",
      OPENAI_API_KEY: "of a third party",
      LANGFUSE_PUBLIC_KEY: "of a third party",
      LANGFUSE_SECRET_KEY: "of a third party",
    });
    assert.deepEqual(Object.keys(vault.fromOutside).sort(), [
      ...[
        "argocd/argocd-oauth-client",
        "cert-manager/azure-dns",
        "inference/inference-api-credentials",
        "k8s-dashboard/k8s-dashboard-oauth",
      ],
      ...["keycloak/keycloak-admin-sa-sync", "keycloak/keycloak-platform-client", "pgadmin/pgadmin-oauth-client", "shared/ghcr-token"],
    ]);
  });

  it("makes nothing in Vault before the ceremony", async () => {
    const made = await up("prod", { vault: { ...VAULT, configuration: { by: "hand" } } });
    assert.deepEqual(
      ids(made.resources).filter((id) => /^vault:|providers:vault/.test(id)),
      [],
    );
    assert.deepEqual(Object.keys((made.result as Outputs & { vault: object }).vault), ["address"]);
  });
});
