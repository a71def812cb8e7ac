import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import * as openpgp from "openpgp";
import { makeHolders, type Holder } from "../../support/holders";
import { startKeyService, type KeyService } from "../../support/keyService";
import { writeStackFile } from "../../support/ceremonyFile";
import { startVault, type VaultServer } from "../../support/vaultServer";
import { compileIntoOneFile } from "./oneFile";
import { Runbook } from "./runbook";

const NAMES = ["alice", "bob", "carol", "dave", "erin"] as const;

/** What of a record the tests read. */
interface Told {
  readonly keys: { readonly recoveryShares: readonly { readonly message: string }[]; readonly rootToken: { readonly message: string } };
  readonly bootstrapToken: { readonly message: string };
}

/** The machine that the runbooks are walked on: GnuPG with everybody's keys, Vault's command, the runbooks' `ceremony`. */
export class RecoveryDesk {
  private constructor(
    readonly service: KeyService,
    readonly vault: VaultServer,
    readonly directory: string,
    readonly holders: Readonly<Record<(typeof NAMES)[number], Holder>>,
    /** Of every command; `VAULT_ADDR` is the Vault that it is about. */
    readonly env: NodeJS.ProcessEnv,
    readonly ceremonyBook: Runbook,
    readonly book: Runbook,
    private readonly preamble: string,
  ) {}

  static async prepare(): Promise<RecoveryDesk> {
    const service = await startKeyService();
    const vault = await startVault(service.seal);
    const directory = path.join(vault.directory, "desk");
    await fs.mkdir(directory);
    await fs.writeFile(path.join(directory, "vault-ca.pem"), vault.ca);
    await writeStackFile(directory, "prod", vault);
    const env = {
      GNUPGHOME: await fs.mkdtemp("/tmp/gnupg-"),
      HOME: directory,
      PATH: `${path.dirname(vault.program)}:${process.env.PATH}`,
      VAULT_ADDR: vault.address,
      VAULT_CACERT: "vault-ca.pem",
      VAULT_TOKEN: undefined,
    };
    const holders = await makeHolders(directory, NAMES);
    for (const { name, privateKey } of Object.values(holders)) {
      await execa("gpg", ["--batch", "--import"], { env, input: privateKey.armor() });
      await execa("sh", ["-c", `gpg --export ${name}@example.org > ${name}.pgp`], { env, cwd: directory });
    }
    const command = `'${process.execPath}' '${await compileIntoOneFile("cli/ceremony/command.ts", service.server.directory)}'`;
    const preamble = `ceremony() { ${command} --stack prod --record record.json --address "$VAULT_ADDR" --ca vault-ca.pem "$@"; }`;
    const options = { cwd: directory, env };
    const [ceremonyBook, book] = ["vault-ceremony.md", "vault-recovery.md"].map((name) => new Runbook(name, preamble, options));
    return new RecoveryDesk(service, vault, directory, holders, env, ceremonyBook!, book!, preamble);
  }

  async remove(): Promise<void> {
    await execa("gpgconf", ["--kill", "all"], { env: this.env });
    await fs.rm(this.env.GNUPGHOME!, { recursive: true });
    await this.vault.remove();
    await this.service.server.remove();
  }

  /** Runs something that no runbook has. */
  async shell(line: string): Promise<string> {
    return (await execa("sh", ["-c", `${this.preamble}\n${line}`], { cwd: this.directory, env: this.env, input: "" })).stdout;
  }

  async told(record = "record.json"): Promise<Told> {
    return JSON.parse(await fs.readFile(path.join(this.directory, record), "utf8")) as Told;
  }

  async bootstrapToken(record?: string): Promise<string> {
    return await this.holders.dave.decrypt((await this.told(record)).bootstrapToken.message);
  }

  /** The recovery shares of the ceremony. */
  async shares(): Promise<string[]> {
    const { alice, bob, carol } = this.holders;
    const { recoveryShares } = (await this.told()).keys;
    return await Promise.all([alice, bob, carol].map((holder, index) => holder.decrypt(recoveryShares[index]!.message)));
  }

  /** A root token, made as the runbook says, encrypted to Dave. */
  async encodedRootToken(): Promise<string> {
    const section = "A root token";
    const [begun] = await this.book.run(section, "vault operator generate-root -init");
    const [, last] = await this.book.run(section, "ceremony --show", { NONCE: nonce(begun!) });
    return /^Encoded Token\s+(\S+)$/m.exec(last!)![1]!;
  }

  async rootToken(): Promise<string> {
    return await decrypt(await this.encodedRootToken(), this.holders.dave);
  }
}

/** Of an attempt that was begun. */
export function nonce(said: string): string {
  return /^Nonce\s+(\S+)$/m.exec(said)![1]!;
}

/** What a holder reads in something that Vault has encrypted, in base64. */
export async function decrypt(base64: string, { privateKey }: Holder): Promise<string> {
  const message = await openpgp.readMessage({ binaryMessage: new Uint8Array(Buffer.from(base64, "base64")) });
  return String((await openpgp.decrypt({ message, decryptionKeys: privateKey })).data);
}

/** What Vault answers a question with. */
export async function status(server: VaultServer, token: string | undefined, question = "auth/token/lookup-self"): Promise<number> {
  return (await server.ask(token)("GET", `/v1/${question}`)).status;
}

export async function restart(server: VaultServer): Promise<void> {
  await server.restart();
  await server.serving();
}

/** Whether recovery keys make a root token, which is revoked at once. */
export async function isQuorum(server: VaultServer, keys: readonly string[]): Promise<boolean> {
  const ask = server.ask();
  const attempt = (await ask("PUT", "/v1/sys/generate-root/attempt", {})).body as { nonce: string; otp: string };
  let encoded = "";
  for (const key of keys) {
    const { body } = await ask("PUT", "/v1/sys/generate-root/update", { key, nonce: attempt.nonce });
    encoded = (body as { encoded_token?: string }).encoded_token ?? "";
  }
  await ask("DELETE", "/v1/sys/generate-root/attempt");
  if (encoded === "") return false;
  const token = Buffer.from(Buffer.from(encoded, "base64").map((byte, index) => byte ^ attempt.otp.charCodeAt(index))).toString();
  assert.equal((await server.ask(token)("POST", "/v1/auth/token/revoke-self", {})).status, 204);
  return true;
}
