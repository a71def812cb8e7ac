import * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/vault/provider";
import { authorityFile } from "./authorityFile";
import type { VaultSession } from "./session";

/**
 * Of the Vault whose API the provider is to use. It would ask Vault itself, at every comparison,
 * and previews have no token to ask with.
 */
const API_VERSION = "1.15.0";

/**
 * Vault, with the token in VAULT_TOKEN, which the provider's own process reads: it goes through no
 * argument, and is in no state.
 * @param expectsCa Whether Vault's certificate has an authority of its own, even if a first preview
 * cannot know it yet.
 */
export function vaultProvider(stack: string, session: VaultSession, expectsCa: boolean): Provider {
  return new Provider("vault", {
    address: session.address,
    ...(expectsCa ? { caCertFile: authorityFile(stack, session.ca) } : {}),
    ...(session.tlsServerName === undefined ? {} : { tlsServerName: session.tlsServerName }),
    // The token is good for what it is for; to make another from it would be one more right.
    skipChildToken: true,
    // Whatever VAULT_SKIP_VERIFY says.
    skipTlsVerify: false,
    vaultVersionOverride: API_VERSION,
  });
}

/**
 * Ends an update of anything in Vault for want of a token, where the provider would take whatever
 * token `vault login` has left on this machine.
 */
export function requireToken(): pulumi.ResourceHook {
  return new pulumi.ResourceHook("vault-token", () => {
    if (process.env.VAULT_TOKEN) return;
    throw new Error(
      "VAULT_TOKEN is not set, and this changes in Vault; set it to the token that the ceremony makes (docs/runbooks/vault-ceremony.md)",
    );
  });
}
