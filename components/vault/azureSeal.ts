import { createHash } from "node:crypto";
import * as authorization from "@pulumi/azure-native/authorization";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import type { AzureKeyVaultSeal, ManagedKeyVault } from "../../config/schema";
import type { AzureKey } from "./azureKey";

export interface AzureSealArgs {
  /** Tenant and name of the key. Another name makes another key, and Vault is sealed with the first. */
  seal: Pick<AzureKeyVaultSeal, "tenantId" | "key">;
  /** Another name, subscription, group, location or kind of key replaces what is protected, and is refused. */
  keyVault: ManagedKeyVault;
  /** Vault's, the only one whose tokens are good for the key. */
  serviceAccount: { namespace: string; name: string };
  /** On all but the identity's credential and rights, which have none. */
  tags: Readonly<Record<string, string>>;
}

/** Key Vault Crypto Service Encryption User: to read the key's public half, to wrap, to unwrap, and no more. */
const MAY_WRAP = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
/** What Microsoft Entra takes the tokens of service accounts for. */
const AUDIENCE = "api://AzureADTokenExchange";
/** Days that something deleted can be had back: the most that there are. */
const RECOVERABLE_DAYS = 90;

/**
 * The key in Azure that Vault's root key is wrapped with, and an identity that may use it, whose tokens are exchanged for those of Vault's service account: there is no client secret.
 * Whoever loses the key loses Vault, so that everything here is protected, and what is deleted all the same can be had back and not be purged.
 */
export class AzureSeal extends pulumi.ComponentResource {
  /** Known once the identity may use the key. */
  readonly key: AzureKey;

  constructor(name: string, args: AzureSealArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:AzureSeal", name, {}, opts);
    const kept = { parent: this, protect: true };
    const vault = new keyvault.Vault(`${name}-key-vault`, keyVaultArgs(args), kept);
    // Azure makes a key from its properties once, and takes no other ones afterwards: an update would only say that it had.
    const key = new keyvault.Key(`${name}-key`, keyArgs(args, vault), { ...kept, ignoreChanges: ["properties"] });
    const identity = new managedidentity.UserAssignedIdentity(`${name}-identity`, identityArgs(args), kept);
    const credential = new managedidentity.FederatedIdentityCredential(`${name}-credential`, credentialArgs(args, identity), kept);
    const assignment = new authorization.RoleAssignment(`${name}-rights`, assignmentArgs(args, key, identity), kept);
    if (args.keyVault.logs !== undefined) new monitor.DiagnosticSetting(`${name}-logs`, logArgs(args.keyVault.logs, vault), kept);
    this.key = {
      tenantId: args.seal.tenantId,
      vaultName: args.keyVault.name,
      keyName: args.seal.key,
      clientId: pulumi.all([identity.clientId, credential.id, assignment.id]).apply(([clientId]) => clientId),
    };
    this.registerOutputs();
  }
}

function keyVaultArgs({ seal, keyVault, tags }: AzureSealArgs): keyvault.VaultArgs {
  const { addresses, subnets } = keyVault.allow;
  return {
    vaultName: keyVault.name,
    resourceGroupName: keyVault.resourceGroup,
    location: keyVault.location,
    tags: { ...tags },
    properties: {
      tenantId: seal.tenantId,
      sku: { family: "A", name: keyVault.protection === "hsm" ? "premium" : "standard" },
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: RECOVERABLE_DAYS,
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      publicNetworkAccess: addresses.length + subnets.length > 0 ? "Enabled" : "Disabled",
      networkAcls: {
        // Azure's own services have no business with this key either.
        bypass: "None",
        defaultAction: "Deny",
        ipRules: addresses.map((value) => ({ value })),
        virtualNetworkRules: subnets.map((id) => ({ id })),
      },
    },
  };
}

function keyArgs({ seal, keyVault, tags }: AzureSealArgs, vault: keyvault.Vault): keyvault.KeyArgs {
  return {
    keyName: seal.key,
    vaultName: vault.name,
    resourceGroupName: keyVault.resourceGroup,
    tags: { ...tags },
    properties: {
      kty: keyVault.protection === "hsm" ? "RSA-HSM" : "RSA",
      keySize: 4096,
      keyOps: ["wrapKey", "unwrapKey"],
      // Without a time of expiry: Vault unwraps with the version that it has wrapped with, however old that is.
      rotationPolicy: { lifetimeActions: [{ action: { type: "rotate" }, trigger: { timeAfterCreate: `P${keyVault.rotateDays}D` } }] },
    },
  };
}

function identityArgs({ keyVault, tags }: AzureSealArgs): managedidentity.UserAssignedIdentityArgs {
  return {
    resourceName: identityName(keyVault),
    resourceGroupName: keyVault.resourceGroup,
    location: keyVault.location,
    tags: { ...tags },
  };
}

function credentialArgs(
  { keyVault, serviceAccount: { namespace, name } }: AzureSealArgs,
  identity: managedidentity.UserAssignedIdentity,
): managedidentity.FederatedIdentityCredentialArgs {
  return {
    federatedIdentityCredentialResourceName: `${namespace}-${name}`,
    resourceName: identity.name,
    resourceGroupName: keyVault.resourceGroup,
    issuer: keyVault.issuer,
    subject: `system:serviceaccount:${namespace}:${name}`,
    audiences: [AUDIENCE],
  };
}

function assignmentArgs(
  { seal, keyVault }: AzureSealArgs,
  key: keyvault.Key,
  identity: managedidentity.UserAssignedIdentity,
): authorization.RoleAssignmentArgs {
  const { subscriptionId, resourceGroup, name } = keyVault;
  return {
    // Azure refuses the same rights under a second name: one that is made up anew would keep an interrupted run from being repeated.
    roleAssignmentName: uuidOf([subscriptionId, resourceGroup, name, seal.key, identityName(keyVault)]),
    scope: key.id,
    roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${MAY_WRAP}`,
    principalId: identity.principalId,
    // Known to Azure's directory only a while after it was made: without its type the assignment would be refused until then.
    principalType: "ServicePrincipal",
  };
}

function logArgs(workspace: string, vault: keyvault.Vault): monitor.DiagnosticSettingArgs {
  return { name: "vault-unseal", resourceUri: vault.id, workspaceId: workspace, logs: [{ categoryGroup: "audit", enabled: true }] };
}

const identityName = ({ name }: ManagedKeyVault) => `${name}-identity`;

/** The same UUID for the same words (RFC 9562, version 8). */
function uuidOf(words: readonly string[]): string {
  const hex = createHash("sha256").update(JSON.stringify(words)).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
