import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import { encrypt, inBase64, readCiphertext, readRecipient, type Recipient } from "../../../cli/ceremony/pgp";

const userIDs = [{ name: "Alice", email: "alice@example.org" }];
const make = (options: Partial<openpgp.KeyOptions> = {}) => openpgp.generateKey({ userIDs, ...options, format: "object" });
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe("cli/ceremony/pgp", () => {
  let alice: { publicKey: openpgp.PublicKey; privateKey: openpgp.PrivateKey };
  let recipient: Recipient;

  before(async () => {
    alice = await make();
    recipient = await readRecipient(bytes(alice.publicKey.armor()));
  });

  it("reads a public key, armored and binary, and gives it to Vault as it is", async () => {
    assert.deepEqual(await readRecipient(alice.publicKey.write()), recipient);
    assert.equal(recipient.fingerprint, alice.publicKey.getFingerprint().toUpperCase());
    assert.equal(recipient.holder, "Alice <alice@example.org>");
    assert.deepEqual(Buffer.from(await inBase64(recipient), "base64"), Buffer.from(alice.publicKey.write()));
  });

  const refused: [what: string, file: () => Uint8Array | string | Promise<Uint8Array | string>, message: RegExp][] = [
    ["a private key", () => alice.privateKey.armor(), /^is a private key, which belongs to nobody but its holder$/],
    ["a private key in binary", () => alice.privateKey.write(), /^is a private key/],
    ["two keys", async () => Buffer.concat([alice.publicKey.write(), (await make()).publicKey.write()]), /^holds 2 keys instead of one$/],
    ["something else", () => "a token", /^is not an OpenPGP key$/],
    ["nothing", () => "", /^is not an OpenPGP key$|^holds 0 keys/],
    ["a message", async () => (await encrypt("any", recipient)).message, /^is not an OpenPGP key$|^holds 0 keys/],
    [
      "a key that cannot be encrypted to",
      async () => (await make({ subkeys: [{ sign: true }] })).publicKey.armor(),
      /^cannot be encrypted to \(/,
    ],
    [
      "a key that has expired",
      async () => (await make({ date: new Date(Date.now() - 2000), keyExpirationTime: 1 })).publicKey.armor(),
      /^cannot be encrypted to \(.*expired/i,
    ],
    [
      "a key that GnuPG does not read",
      async () => (await make({ config: { v6Keys: true }, type: "curve25519" })).publicKey.armor(),
      /^is of version 6, /,
    ],
  ];
  for (const [what, file, message] of refused)
    it(`refuses ${what}`, async () => {
      const content = await file();
      await assert.rejects(readRecipient(typeof content === "string" ? bytes(content) : content), { name: "KeyProblem", message });
    });

  it("encrypts to its recipient alone", async () => {
    const { message, fingerprint } = await encrypt("a token", recipient);
    assert.equal(fingerprint, recipient.fingerprint);
    assert.ok(!message.includes("a token") && !message.includes(Buffer.from("a token").toString("base64")));
    const read = async (decryptionKeys: openpgp.PrivateKey) =>
      openpgp.decrypt({ message: await openpgp.readMessage({ armoredMessage: message }), decryptionKeys });
    assert.equal((await read(alice.privateKey)).data, "a token");
    await assert.rejects(read((await make()).privateKey));
  });

  it("takes from Vault what is encrypted to its recipient, and nothing else", async () => {
    const binary = async (text: string, ...to: openpgp.PublicKey[]) => {
      const message = await openpgp.createMessage({ text });
      const encrypted = (await openpgp.encrypt({ message, encryptionKeys: to, format: "binary" })) as Uint8Array;
      return Buffer.from(encrypted).toString("base64");
    };
    // Of every length, since GnuPG takes the end of a message without a checksum for a part of it
    // where its last line is full.
    for (let length = 1; length < 60; length++) {
      const ciphertext = await readCiphertext(await binary("x".repeat(length), alice.publicKey), recipient);
      assert.match(
        ciphertext!.message,
        /^-----BEGIN PGP MESSAGE-----\n\n([A-Za-z0-9+/]+=*\n)+=[A-Za-z0-9+/]{4}\n-----END PGP MESSAGE-----\n$/,
      );
      const message = await openpgp.readMessage({ armoredMessage: ciphertext!.message });
      assert.equal((await openpgp.decrypt({ message, decryptionKeys: alice.privateKey })).data, "x".repeat(length));
    }
    const share = "0e46b29306565c5d24de2890c037e35ca77b7a7d78aa69e5d781244c7d8b652fe0";
    for (const other of [
      await binary("share", (await make()).publicKey),
      await binary("share", alice.publicKey, (await make()).publicKey),
      Buffer.from(share).toString("base64"),
      Buffer.from(share, "hex").toString("base64"),
      "",
    ])
      assert.equal(await readCiphertext(other, recipient), undefined);
  });
});
