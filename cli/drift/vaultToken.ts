import * as fs from "node:fs/promises";
import { FixableError } from "../../config/fixableError";

/**
 * A token of Vault's and which Vault it is for, from the variables that Vault's own command reads
 * them from.
 *
 * @throws FixableError when there is no token, or no certificate where one is said to be
 */
export async function vaultToken(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ token: string; vault?: { address: string; ca?: string } }> {
  const { VAULT_TOKEN: token, VAULT_ADDR: address, VAULT_CACERT: file } = environment;
  if (!token) throw new FixableError("there is no VAULT_TOKEN", "set it to a token that may list and read the database engines");
  if (!address) return { token };
  const ca = file ? await fs.readFile(file, "utf8").catch((error: Error) => refuse(error)) : undefined;
  return { token, vault: { address, ...(ca === undefined ? {} : { ca }) } };
}

function refuse({ message }: Error): never {
  throw new FixableError(`VAULT_CACERT cannot be read: ${message}`, "correct it");
}
