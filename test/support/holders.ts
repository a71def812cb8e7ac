import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as openpgp from "openpgp";

/** Somebody with a pair of keys. */
export interface Holder {
  readonly name: string;
  readonly fingerprint: string;
  /** The public key, armored. */
  readonly file: string;
  readonly privateKey: openpgp.PrivateKey;
  /** What `gpg --decrypt` does for the holder. */
  decrypt(armored: string): Promise<string>;
}

/** Makes a key for everybody, and a file of its public half. */
export async function makeHolders<Name extends string>(directory: string, names: readonly Name[]): Promise<Record<Name, Holder>> {
  const holders = names.map(async (name): Promise<[Name, Holder]> => {
    const userIDs = [{ name, email: `${name}@example.org` }];
    const { privateKey, publicKey } = await openpgp.generateKey({ userIDs, format: "object" });
    const file = path.join(directory, `${name}.asc`);
    await fs.writeFile(file, publicKey.armor());
    const decrypt = async (armored: string) => {
      const message = await openpgp.readMessage({ armoredMessage: armored });
      return (await openpgp.decrypt({ message, decryptionKeys: privateKey })).data as string;
    };
    return [name, { name, fingerprint: publicKey.getFingerprint().toUpperCase(), file, privateKey, decrypt }];
  });
  return Object.fromEntries(await Promise.all(holders)) as Record<Name, Holder>;
}
