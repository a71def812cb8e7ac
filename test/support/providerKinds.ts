import type { Kinds } from "./program";

/** What Azure adds to what it is given. */
export const AZURE_KINDS: Kinds = {
  "pulumi:providers:azure-native": () => ({}),
  "azure-native:keyvault:Vault": (_, { vaultName }) => ({ name: vaultName }),
  "azure-native:keyvault:Key": () => ({}),
  "azure-native:managedidentity:UserAssignedIdentity": (_, { resourceName }) => ({
    name: resourceName,
    clientId: "client-id",
    principalId: "principal-id",
  }),
  "azure-native:managedidentity:FederatedIdentityCredential": () => ({}),
  "azure-native:authorization:RoleAssignment": () => ({}),
  "azure-native:monitor:DiagnosticSetting": () => ({}),
};

/** Vault adds nothing that anything else is made of. */
export const VAULT_KINDS: Kinds = {
  "pulumi:providers:vault": () => ({}),
  "vault:index/mount:Mount": () => ({}),
  "vault:index/policy:Policy": () => ({}),
  "vault:index/authBackend:AuthBackend": () => ({}),
  "vault:kubernetes/authBackendConfig:AuthBackendConfig": () => ({}),
  "vault:kubernetes/authBackendRole:AuthBackendRole": () => ({}),
  "vault:kv/secretBackendV2:SecretBackendV2": () => ({}),
  "vault:kv/secretV2:SecretV2": () => ({}),
};
