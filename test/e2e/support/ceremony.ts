import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import type { Record } from "../../../cli/ceremony/record";
import { makeHolders, type Holder } from "../../support/holders";
import { startKeyService, type KeyService } from "../../support/keyService";
import { writeStackFile } from "../../support/ceremonyFile";
import { startVault, type VaultServer } from "../../support/vaultServer";
import { vaultApi } from "../../../vault/bootstrap/vaultApi";
import { BOOTSTRAP } from "../../../cli/ceremony/policy";
import { compileIntoOneFile } from "./oneFile";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command under way. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** What other processes of this machine can see of it. */
  inSight(): string;
  kill(): void;
}

/** Where the command asks Vault. */
export interface Target {
  readonly address: string;
  /** File with the authority of its certificate. */
  readonly ca: string;
}

export const HOLDERS = ["alice", "bob", "carol", "root"] as const;
const STACK = "staging";
/** Of the stack's file. */
export const POLICIES = ["ameide-vault", "ameide-vault.argocd", "ameide-vault-mirror", "ameide-vault-mirror-reader"];

/** A Vault that another one unseals, the people of a ceremony, and a desk for it. */
export class Ceremony {
  /** Everything that a run has printed. */
  readonly transcript: string[] = [];
  /** What must be nowhere in clear. */
  readonly secrets = new Set<string>();
  /** The record as the first run has left it, of the Vault that is there now. */
  #begun: string | undefined;

  private constructor(
    readonly service: KeyService,
    readonly vault: VaultServer,
    readonly holders: Readonly<{ [name in (typeof HOLDERS)[number]]: Holder }>,
    /** The working directory and the home of every run. */
    readonly desk: string,
    /** The command, compiled. */
    readonly command: string,
  ) {}

  static async prepare(): Promise<Ceremony> {
    const service = await startKeyService();
    const vault = await startVault(service.seal);
    const desk = path.join(vault.directory, "desk");
    await fs.mkdir(desk);
    await fs.writeFile(path.join(desk, "ca.pem"), vault.ca);
    await writeStackFile(desk, STACK, vault);
    const command = await compileIntoOneFile("cli/ceremony/command.ts", service.server.directory);
    return new Ceremony(service, vault, await makeHolders(desk, HOLDERS), desk, command);
  }

  get recordFile(): string {
    return path.join(this.desk, "record.json");
  }

  get target(): Target {
    return { address: this.vault.address, ca: path.join(this.desk, "ca.pem") };
  }

  async record(): Promise<Record> {
    return JSON.parse(await fs.readFile(this.recordFile, "utf8")) as Record;
  }

  /** The keys of those who get something. */
  get keys(): string[] {
    const { alice, bob, carol, root } = this.holders;
    return ["--pgp-key", alice.file, bob.file, carol.file, "--root-token-pgp-key", root.file];
  }

  /** Starts the command as a user does, without npm in between, which would take the kill. */
  start(
    args: readonly string[],
    { input = "", target = this.target, env = {} }: { input?: string; target?: Target; env?: NodeJS.ProcessEnv } = {},
  ): Running {
    const all = ["--stack", STACK, "--record", this.recordFile, "--address", target.address, "--ca", target.ca, ...args];
    const child = spawn(process.execPath, [this.command, ...all], {
      cwd: this.desk,
      env: { PATH: process.env.PATH, HOME: this.desk, ...env },
    });
    child.stdin.on("error", () => undefined).end(input);
    const ended = Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.on("close", resolve)),
    ]).then(([stdout, stderr, code]) => {
      this.transcript.push(stdout, stderr);
      return { code, stdout, stderr };
    });
    const of = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, "utf8");
    return { ended, inSight: () => of("cmdline") + of("environ"), kill: () => child.kill("SIGKILL") };
  }

  run(...args: Parameters<Ceremony["start"]>): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** Runs the command and wants a certain end. */
  async expect(code: number, ...args: Parameters<Ceremony["start"]>): Promise<Ended> {
    const ended = await this.run(...args);
    assert.equal(ended.code, code, `${ended.stdout}${ended.stderr}`);
    return ended;
  }

  /** What the root token's holder decrypts. */
  async rootToken(): Promise<string> {
    return this.#secret(await this.holders.root.decrypt((await this.record()).keys!.rootToken.message));
  }

  async bootstrapToken(): Promise<string> {
    return this.#secret(await this.holders.root.decrypt((await this.record()).bootstrapToken!.message));
  }

  async shares(): Promise<string[]> {
    const { recoveryShares } = (await this.record()).keys!;
    const holders = Object.values(this.holders);
    const shares = recoveryShares.map(({ fingerprint, message }) =>
      holders.find((one) => one.fingerprint === fingerprint)!.decrypt(message),
    );
    return (await Promise.all(shares)).map((share) => this.#secret(share));
  }

  /** From nothing to a Vault whose root token is to be given. */
  async initialise(): Promise<Ended> {
    const ended = await this.expect(0, this.keys);
    this.#begun = await fs.readFile(this.recordFile, "utf8");
    return ended;
  }

  /**
   * A Vault and a record as the first run of a ceremony leaves them, whatever a test before has
   * done with them. A Vault that was initialised is taken back to that, in a tenth of the time that
   * another one takes.
   * @returns A root token, the only one.
   */
  async begun(): Promise<string> {
    if (this.#begun === undefined) {
      await this.empty();
      await this.initialise();
      return await this.rootToken();
    }
    await this.vault.serving();
    await fs.writeFile(this.recordFile, this.#begun, { mode: 0o600 });
    const root = await this.generateRoot();
    const ask = this.vault.ask(root);
    // What the run is to make once more.
    const made = [
      "audit/file",
      `policies/acl/${BOOTSTRAP}`,
      ...POLICIES.map((name) => `policies/acl/${name}`),
      "mounts/secret",
      "mounts/mirror",
      "auth/kubernetes",
    ];
    for (const question of [...made, "plugins/catalog/auth/kubernetes"])
      assert.equal((await ask("DELETE", `/v1/sys/${question}`)).status, 204, question);
    const api = vaultApi(ask);
    const own = ((await api.read("auth/token/lookup-self"))!.data as { accessor: string }).accessor;
    const { keys } = (await api.read("auth/token/accessors?list=true"))!.data as { keys: string[] };
    for (const accessor of keys) if (accessor !== own) await api.write("auth/token/revoke-accessor", { accessor });
    return root;
  }

  /** A Vault whose ceremony is over. */
  async performed(): Promise<void> {
    await this.expect(0, [], { input: await this.begun() });
  }

  /** A root token that a quorum of the recovery shares makes. */
  async generateRoot(): Promise<string> {
    const ask = this.vault.ask();
    const update = async (question: string, content: object) => {
      const { status, body } = await ask("PUT", `/v1/sys/generate-root/${question}`, content);
      assert.equal(status, 200, JSON.stringify(body));
      return body as { [key: string]: string };
    };
    const { nonce, otp } = await update("attempt", {});
    const [first, second] = await this.shares();
    await update("update", { key: first, nonce });
    const { encoded_token: encoded } = await update("update", { key: second, nonce });
    const pad = Buffer.from(otp!);
    return this.#secret(Buffer.from(Buffer.from(encoded!, "base64").map((byte, index) => byte ^ pad[index]!)).toString());
  }

  /** Has the attempt in the record been made ten minutes before. */
  async ageAttempt(): Promise<void> {
    const record = await this.record();
    const attempt = { ...record.attempt, at: new Date(Date.now() - 600_000).toISOString() };
    await fs.writeFile(this.recordFile, JSON.stringify({ ...record, attempt }));
  }

  /** A Vault that nobody has initialised, and no record. */
  async empty(): Promise<void> {
    const { body } = await this.vault.ask()("GET", "/v1/sys/init");
    if ((body as { initialized: boolean }).initialized) await this.loseStorage();
    await fs.rm(this.recordFile, { force: true });
  }

  /** Vault begins anew; the record stays. */
  async loseStorage(): Promise<void> {
    this.#begun = undefined;
    await this.vault.startOver();
  }

  /** Status of Vault's answer to a question with a token. */
  async status(token: string, method: string, question: string, body?: object): Promise<number> {
    return (await this.vault.ask(token)(method, `/v1/${question}`, body)).status;
  }

  /** Where any of the secrets is that nobody may find: what was printed, the desk with the home, all files of Vault's. */
  async leaks(): Promise<string[]> {
    const places = new Map([["output", this.transcript.join("\n")]]);
    for (const entry of await fs.readdir(this.vault.directory, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      // Vault removes files of its own while this looks.
      if (entry.isFile()) places.set(file, await fs.readFile(file, "latin1").catch(unlessGone));
    }
    assert.ok(places.size > 3);
    return [...places].flatMap(([place, content]) => [...this.secrets].filter((secret) => content.includes(secret)).map(() => place));
  }

  async remove(): Promise<void> {
    await this.vault.remove();
    await this.service.server.remove();
  }

  #secret(value: string): string {
    this.secrets.add(value);
    return value;
  }
}

function unlessGone(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return "";
}
