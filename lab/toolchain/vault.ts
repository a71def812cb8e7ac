import type { GoPart } from "./go";

/**
 * Vault, and the plugin for Kubernetes authentication that its full build contains. With the tag `minimal` it has the
 * engines that this product uses (kv, transit, tokens, raft) and none of the clouds' clients; once the plugin is
 * registered, `auth enable kubernetes` does what it does in the full build.
 */
export const vaultPart: GoPart = {
  name: "vault",
  packages: ["github.com/hashicorp/vault", "github.com/hashicorp/vault-plugin-auth-kubernetes/cmd/vault-plugin-auth-kubernetes"],
  tags: ["minimal"],
};
