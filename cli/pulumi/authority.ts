import * as fs from "node:fs";
import { PROJECT } from "../../config/settings";
import { REPOSITORY } from "../../lab/paths";
import { authorityFile } from "../../vault/authorityFile";
import { pulumi, type ManagedStack } from "../stack/engine";
import { readStackFile } from "../stack/stackFile";

/** What a stack's file says of Vault's authority. */
interface VaultSettings {
  readonly server?: { readonly ca?: string };
  readonly configuration?: { readonly by?: string; readonly ca?: string };
}

/**
 * Puts the file with Vault's authority where the provider for Vault reads it, which is before the
 * program is run, or without it: the program writes it, and a fresh clone has never run that. Where
 * nobody knows the authority, there is nothing of Vault's in the state.
 *
 * @param directory the program's
 */
export async function ensureAuthority(stack: ManagedStack, directory = REPOSITORY): Promise<void> {
  const { server, configuration } = ((await readStackFile(stack.name)).config?.[`${PROJECT}:vault`] ?? {}) as VaultSettings;
  if (configuration?.by !== "pulumi" || fs.existsSync(authorityFile(stack.name, undefined, directory))) return;
  authorityFile(stack.name, configuration.ca ?? server?.ca ?? (await knownToState(stack)), directory);
}

async function knownToState(stack: ManagedStack): Promise<string | undefined> {
  try {
    // With what the program has made of Vault, in digests, it is a secret.
    const text = await pulumi(stack, "stack", "output", "--json", "--show-secrets", "--stack", stack.name);
    return (JSON.parse(text) as { vault?: { ca?: string } }).vault?.ca;
  } catch {
    // What is wrong with the state, the command itself says.
    return undefined;
  }
}
