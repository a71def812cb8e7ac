import type * as pulumi from "@pulumi/pulumi";
import type { AzureKeyVaultSeal } from "../../config/schema";

/** A key in Azure as Vault's seal names it, and the identity that Vault uses it with: `azure.workload.identity/client-id` of its service account. */
export interface AzureKey {
  tenantId: string;
  vaultName: string;
  keyName: string;
  clientId: pulumi.Input<string>;
}

/** That of a Key Vault which somebody else has made; `undefined` when this program is to make it. */
export function existingAzureKey({ tenantId, key, keyVault }: AzureKeyVaultSeal): AzureKey | undefined {
  if (keyVault.kind !== "existing") return undefined;
  return { tenantId, vaultName: keyVault.name, keyName: key, clientId: keyVault.clientId };
}
