import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Run } from "./support/program";
import { set } from "./support/stackFiles";
import { ASSIGNMENT, AZURE_PROVIDER, FIXTURES, SESSION, SETTINGS, VAULT_PROVIDER, vaultOf, vaultResources } from "./support/vaultResources";
import { expectedResources, ids, PROVIDER, SERVICES, wholeProgram, type Outputs } from "./support/wholeProgram";

const STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore::ameide-vault";

describe("index, Vault outside dev", () => {
  const { up } = wholeProgram();

  type Outside = "staging" | "prod";

  function make(stack: Outside, changes: Readonly<Record<string, unknown>> = {}, preview = false): Promise<Run<Outputs>> {
    const { vault, bundles } = structuredClone(vaultOf(stack));
    for (const [path, value] of Object.entries(changes)) set(vault, path.split("."), value);
    return up(stack, { vault, bundles }, preview);
  }
  const prod = (changes: Readonly<Record<string, unknown>> = {}) => make("prod", changes);

  for (const stack of ["staging", "prod"] as const)
    for (const preview of [false, true])
      it(`${stack}: makes exactly its seal, its server, what is in Vault and what is fetched from it${preview ? ", in a preview, too" : ""}`, async () => {
        const { resources } = await make(stack, {}, preview);
        assert.deepEqual(
          ids(resources).filter((id) => !expectedResources(SERVICES).includes(id)),
          vaultResources(),
        );
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
      caCertFile: ".pulumi/vault-prod-ca.pem",
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
    const { data } = get(SETTINGS).inputs as { data: Record<string, string> };
    assert.match(
      data["vault.hcl"]!,
      /seal "azurekeyvault" \{\n {2}tenant_id = "0{8}-.*"\n {2}vault_name = "kv-ameide-prod"\n {2}key_name = "vault-unseal"\n {2}client_id = "client-id"\n\}/,
    );
    const { metadata } = get("kubernetes:core/v1:ServiceAccount::vault-server-account").inputs as {
      metadata: { annotations: Record<string, string> };
    };
    assert.equal(metadata.annotations["azure.workload.identity/client-id"], "client-id");
    assert.ok(get(SETTINGS).dependsOn.includes(ASSIGNMENT));
  });

  it("waits with the store for what it needs in Vault", async () => {
    const { dependsOn } = (await prod()).get(STORE);
    for (const id of FIXTURES) assert.ok(dependsOn.includes(id), id);
  });

  it("says what was made, as a secret, and what somebody else has to write", async () => {
    const { vault } = (await prod()).result as Outputs & { vault: { applied: pulumi.Output<object>; fromOutside: Record<string, object> } };
    assert.equal(await pulumi.isSecret(vault.applied), true);
    assert.deepEqual(await new Promise((resolve) => vault.applied.apply(resolve)), SESSION.wanted);
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
    const made = await prod({ configuration: { by: "hand" } });
    assert.deepEqual(
      ids(made.resources).filter((id) => /^vault:|providers:vault/.test(id)),
      [],
    );
    assert.deepEqual(Object.keys((made.result as Outputs & { vault: object }).vault), ["address", "ca"]);
  });
});
