import * as openpgp from "openpgp";

/** A public key that something may be encrypted to, and that Vault takes, too. */
export interface Recipient {
  /** In upper case, as `gpg --list-keys` prints it. */
  readonly fingerprint: string;
  /** Whose it is, as the key says: nobody has checked. */
  readonly holder: string;
  /** The key itself, armored. */
  readonly publicKey: string;
}

/** Something that only a recipient can read. */
export interface Ciphertext {
  /** The recipient's fingerprint. */
  readonly fingerprint: string;
  readonly holder: string;
  /** An armored message, for `gpg --decrypt`. */
  readonly message: string;
}

/** Every version of GnuPG reads what these make, whatever newer ways a key says that it knows. */
const PLAIN: openpgp.PartialConfig = { aeadProtect: false };

/** Why a file is no key to encrypt to, in words that follow its name. */
export class KeyProblem extends Error {
  override readonly name = "KeyProblem";
}

/**
 * Reads the one public key that a file has, armored or binary.
 * @throws {KeyProblem} For anything that Vault could not encrypt to either: it would say so only
 * once it is half initialised.
 */
export async function readRecipient(file: Uint8Array): Promise<Recipient> {
  const keys = await readKeys(file);
  if (keys.length !== 1) throw new KeyProblem(`holds ${keys.length} keys instead of one`);
  const key = keys[0]!;
  if (key.isPrivate()) throw new KeyProblem("is a private key, which belongs to nobody but its holder");
  // Vault's library reads version 6 as well; GnuPG does not.
  if (key.keyPacket.version !== 4) throw new KeyProblem(`is of version ${key.keyPacket.version}, and GnuPG and Vault both know version 4`);
  try {
    await key.getEncryptionKey();
  } catch (error) {
    throw new KeyProblem(`cannot be encrypted to (${(error as Error).message})`);
  }
  return { fingerprint: key.getFingerprint().toUpperCase(), holder: key.getUserIDs()[0] ?? "", publicKey: key.toPublic().armor() };
}

/** In base64, as Vault wants it. */
export async function inBase64({ publicKey }: Recipient): Promise<string> {
  return Buffer.from((await openpgp.readKey({ armoredKey: publicKey })).write()).toString("base64");
}

export async function encrypt(text: string, recipient: Recipient): Promise<Ciphertext> {
  const encryptionKeys = await openpgp.readKey({ armoredKey: recipient.publicKey });
  // Of a text that is no stream: its types are those of a package that is not needed for that.
  const message = (await openpgp.encrypt({ message: await openpgp.createMessage({ text }), encryptionKeys, config: PLAIN })) as string;
  return { ...named(recipient), message };
}

/**
 * What Vault has encrypted, in base64, as a message for that recipient; `undefined` for anything
 * else, which may be the very thing in clear.
 */
export async function readCiphertext(base64: string, recipient: Recipient): Promise<Ciphertext | undefined> {
  const key = await openpgp.readKey({ armoredKey: recipient.publicKey });
  try {
    const bytes = new Uint8Array(Buffer.from(base64, "base64"));
    const message = await openpgp.readMessage({ binaryMessage: bytes });
    const to = message.getEncryptionKeyIDs();
    const own = key.getKeyIDs();
    if (to.length === 0 || !to.every((id) => own.some((other) => other.equals(id)))) return undefined;
    return { ...named(recipient), message: armor(bytes) };
  } catch {
    return undefined;
  }
}

async function readKeys(file: Uint8Array): Promise<openpgp.Key[]> {
  const text = Buffer.from(file).toString("latin1");
  try {
    return text.includes("-----BEGIN PGP") ? await openpgp.readKeys({ armoredKeys: text }) : await openpgp.readKeys({ binaryKeys: file });
  } catch {
    throw new KeyProblem("is not an OpenPGP key");
  }
}

/** With its checksum, without which GnuPG takes the last line for a part of some messages. */
function armor(message: Uint8Array): string {
  return openpgp.armor(openpgp.enums.armor.message, message, undefined, undefined, undefined, true);
}

const named = ({ fingerprint, holder }: Recipient) => ({ fingerprint, holder });
