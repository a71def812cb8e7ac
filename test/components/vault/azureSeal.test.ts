import * as assert from "node:assert/strict";
import { AzureSeal } from "../../../components/vault/azureSeal";
import { existingAzureKey, type AzureKey } from "../../../components/vault/azureKey";
import type { AzureKeyVaultSeal, ManagedKeyVault } from "../../../config/schema";
import { stackConfig } from "../../support/fixtures";
import { run, type Run } from "../../support/program";
import { AZURE_KINDS } from "../../support/providerKinds";

const SUBSCRIPTION = "5f1c2a34-8d7e-4b1a-9c55-2f6b7d8e9a01";
const TENANT = "7d0b5a0e-31c5-4b7e-9f5b-0d8f5d3f7c11";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/vault`;
const SUBNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/cluster/subnets/nodes`;
const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/audit`;
const MANAGED = {
  kind: "managed",
  name: "kv-ameide-prod",
  subscriptionId: SUBSCRIPTION,
  resourceGroup: "vault",
  location: "westeurope",
  issuer: "https://westeurope.oic.prod-aks.azure.com/t/c/",
  allow: { addresses: ["203.0.113.7", "198.51.100.0/28"], subnets: [SUBNET] },
};
const TAGS = { team: "data" };

const COMPONENT = "cnpg-credentials:index:AzureSeal::unseal";
const KEY_VAULT = "azure-native:keyvault:Vault::unseal-key-vault";
const KEY = "azure-native:keyvault:Key::unseal-key";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity::unseal-identity";
const CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential::unseal-credential";
const RIGHTS = "azure-native:authorization:RoleAssignment::unseal-rights";
const LOGS = "azure-native:monitor:DiagnosticSetting::unseal-logs";

/** The seal as the schema makes it of a stack file. */
function sealOf(keyVault: object): AzureKeyVaultSeal {
  const seal = { type: "azurekeyvault", tenantId: TENANT, keyVault };
  const server = { kind: "deployed", image: "vault:1", replicas: 3, storage: { size: "1Gi" }, seal };
  const config = stackConfig({ environment: "prod", vault: { server, configuration: { by: "hand" } } });
  return (config.vault!.server as { seal: AzureKeyVaultSeal }).seal;
}

function make(change: object = {}, preview = false): Promise<Run<AzureSeal>> {
  const seal = sealOf({ ...MANAGED, ...change });
  const keyVault = seal.keyVault as ManagedKeyVault;
  const serviceAccount = { namespace: "vault", name: "vault-server" };
  return run(() => new AzureSeal("unseal", { seal, keyVault, serviceAccount, tags: TAGS }), { preview, kinds: AZURE_KINDS });
}

const clientId = ({ key }: AzureSeal) =>
  new Promise((resolve) => (key.clientId as { apply(f: (id: string) => void): void }).apply(resolve));

describe("components/vault/azureSeal", () => {
  it("makes the same resources in a preview and in an update, each a child of the component, each protected", async () => {
    for (const [change, logs] of [[{}, []] as const, [{ logs: WORKSPACE }, [LOGS]] as const]) {
      for (const preview of [false, true]) {
        const { resources } = await make(change, preview);
        assert.deepEqual(
          resources.map(({ id, parent, options }) => [id, parent, options.protect]),
          [
            ...[RIGHTS, KEY, KEY_VAULT, CREDENTIAL, IDENTITY, ...logs].map((id) => [id, COMPONENT, true]),
            [COMPONENT, undefined, undefined],
          ],
        );
      }
    }
  });

  it("makes a Key Vault that only rights open, only to those that are named, and that nobody can purge", async () => {
    assert.deepEqual((await make()).get(KEY_VAULT).inputs, {
      vaultName: "kv-ameide-prod",
      resourceGroupName: "vault",
      location: "westeurope",
      tags: TAGS,
      properties: {
        tenantId: TENANT,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enablePurgeProtection: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: "Enabled",
        networkAcls: {
          bypass: "None",
          defaultAction: "Deny",
          ipRules: [{ value: "203.0.113.7" }, { value: "198.51.100.0/28" }],
          virtualNetworkRules: [{ id: SUBNET }],
        },
      },
    });
  });

  it("takes nothing from the public network where nobody is named", async () => {
    const { inputs } = (await make({ allow: {} })).get(KEY_VAULT);
    const { publicNetworkAccess, networkAcls } = inputs.properties as Record<string, unknown>;
    assert.equal(publicNetworkAccess, "Disabled");
    assert.deepEqual(networkAcls, { bypass: "None", defaultAction: "Deny", ipRules: [], virtualNetworkRules: [] });
  });

  it("makes a key that wraps and unwraps, gets new versions and loses none", async () => {
    const { inputs, options, dependsOn } = (await make({ rotateDays: 90 })).get(KEY);
    assert.deepEqual(inputs, {
      keyName: "vault-unseal",
      vaultName: "kv-ameide-prod",
      resourceGroupName: "vault",
      tags: TAGS,
      properties: {
        kty: "RSA",
        keySize: 4096,
        keyOps: ["wrapKey", "unwrapKey"],
        rotationPolicy: { lifetimeActions: [{ action: { type: "rotate" }, trigger: { timeAfterCreate: "P90D" } }] },
      },
    });
    assert.deepEqual(options, { protect: true, ignoreChanges: ["properties"], aliases: options.aliases });
    assert.deepEqual(dependsOn, [KEY_VAULT]);
  });

  it("makes it in a hardware module where that is asked for", async () => {
    const { get } = await make({ protection: "hsm" });
    assert.equal((get(KEY).inputs.properties as { kty: string }).kty, "RSA-HSM");
    assert.deepEqual((get(KEY_VAULT).inputs.properties as { sku: unknown }).sku, { family: "A", name: "premium" });
  });

  it("trusts the tokens of Vault's service account, from this cluster, and of nobody else", async () => {
    const { get } = await make();
    assert.deepEqual(get(IDENTITY).inputs, {
      resourceName: "kv-ameide-prod-identity",
      resourceGroupName: "vault",
      location: "westeurope",
      tags: TAGS,
    });
    assert.deepEqual(get(CREDENTIAL).inputs, {
      federatedIdentityCredentialResourceName: "vault-vault-server",
      resourceName: "kv-ameide-prod-identity",
      resourceGroupName: "vault",
      issuer: "https://westeurope.oic.prod-aks.azure.com/t/c/",
      subject: "system:serviceaccount:vault:vault-server",
      audiences: ["api://AzureADTokenExchange"],
    });
  });

  it("lets the identity wrap and unwrap with this one key, under a name that a repeated run has again", async () => {
    const { inputs } = (await make()).get(RIGHTS);
    const { roleAssignmentName, ...rest } = inputs as Record<string, string>;
    assert.deepEqual(rest, {
      scope: "unseal-key-id",
      // Key Vault Crypto Service Encryption User.
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6`,
      principalId: "principal-id",
      principalType: "ServicePrincipal",
    });
    assert.match(roleAssignmentName!, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal((await make()).get(RIGHTS).inputs.roleAssignmentName, roleAssignmentName);
    assert.notEqual((await make({ name: "kv-ameide-prod-2" })).get(RIGHTS).inputs.roleAssignmentName, roleAssignmentName);
  });

  it("records every use of the key where there is a place for it", async () => {
    assert.deepEqual((await make({ logs: WORKSPACE })).get(LOGS).inputs, {
      name: "vault-unseal",
      resourceUri: "unseal-key-vault-id",
      workspaceId: WORKSPACE,
      logs: [{ categoryGroup: "audit", enabled: true }],
    });
  });

  it("tells the seal what it needs, and puts no secret anywhere", async () => {
    const { result, resources } = await make();
    const { clientId: _, ...known } = result.key;
    assert.deepEqual(known, { tenantId: TENANT, vaultName: "kv-ameide-prod", keyName: "vault-unseal" });
    assert.equal(await clientId(result), "client-id");
    assert.deepEqual(
      resources.flatMap(({ secrets }) => secrets),
      [],
    );
  });

  it("tells the same of a Key Vault that is there already", () => {
    const existing = sealOf({ kind: "existing", name: "kv-ours", clientId: TENANT });
    const expected: AzureKey = { tenantId: TENANT, vaultName: "kv-ours", keyName: "vault-unseal", clientId: TENANT };
    assert.deepEqual(existingAzureKey(existing), expected);
    assert.equal(existingAzureKey(sealOf(MANAGED)), undefined);
  });
});
