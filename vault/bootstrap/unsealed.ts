import type { Context } from "./context";
import type { Keys } from "./credentials";
import { FixableError } from "../../config/fixableError";
import { unseal, VaultError } from "./vaultApi";

const POLL_MS = 200;

/**
 * Unseals Vault if it is sealed, and returns when it answers requests.
 * @throws {FixableError} When the key is that of another Vault. Nothing is changed then.
 */
export async function ensureUnsealed({ vault, configuration, changed, waiting, sleep }: Context, { unsealKey }: Keys): Promise<void> {
  if ((await vault.sealStatus()).sealed) {
    if (!(await unseal(vault, unsealKey))) {
      throw new FixableError(
        `The unseal key in the Secret ${configuration.secret} is not that of the Vault at ${configuration.address}, whose storage is another's. Nothing was changed`,
        "mount the storage that the key is of, or restore the Secret that belongs to this one. If neither is to be had, what this Vault holds is lost: delete its storage and the Secret, and the next run initialises it anew",
      );
    }
    changed("unsealed Vault");
  }
  // A single node elects itself within a second or two.
  while (!(await vault.isActive())) {
    waiting("Vault, which is unsealed and not active yet");
    await sleep(POLL_MS);
  }
}

/** @throws {FixableError} When Vault does not accept the root token of the Secret. */
export async function requireToken({ vault, configuration }: Context): Promise<void> {
  try {
    await vault.read("auth/token/lookup-self");
  } catch (error) {
    if (!(error instanceof VaultError) || error.status !== 403) throw error;
    throw new FixableError(
      `Vault at ${configuration.address} does not accept the root token in the Secret ${configuration.secret}: it was revoked, or is that of another Vault. Nothing was changed`,
      "make a new one with the unseal key of that Secret (`vault operator generate-root`) and put it there as `root-token`",
    );
  }
}
