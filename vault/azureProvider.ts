import { Provider } from "@pulumi/azure-native/provider";
import type { AzureKeyVaultSeal, ManagedKeyVault } from "../config/schema";

/**
 * Azure's subscription and tenant that a stack names, whatever the environment's are. Who is
 * asking, the environment says: `az login`, or OpenID Connect in a pipeline.
 */
export function azureProvider({ tenantId }: Pick<AzureKeyVaultSeal, "tenantId">, { subscriptionId }: ManagedKeyVault): Provider {
  return new Provider("azure", { tenantId, subscriptionId });
}
