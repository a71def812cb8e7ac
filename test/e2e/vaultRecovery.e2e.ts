import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { vaultApi } from "../../vault/bootstrap/vaultApi";
import { BOOTSTRAP } from "../../cli/ceremony/policy";
import { storePolicy } from "../../vault/policies";
import { until } from "../support/until";
import { open, startVault, type VaultServer } from "../support/vaultServer";
import { decrypt, isQuorum, nonce, RecoveryDesk, restart, status } from "./support/recoveryDesk";

const KEPT = { token: "put-in-by-hand" };
const KEPT_AT = "shared/ghcr-token";

describe("the runbooks of the ceremony and of recovery, line by line", () => {
  let desk: RecoveryDesk;

  before(async () => void (desk = await RecoveryDesk.prepare()));
  after(() => desk.remove());

  /** Puts something into Vault that is nowhere else. */
  async function keep(server: VaultServer, token: string): Promise<void> {
    await makeEngine(server, token);
    await vaultApi(server.ask(token)).write(`secret/data/${KEPT_AT}`, { data: KEPT });
  }

  /** A new engine is being upgraded for a moment. A ceremony has made one. */
  async function makeEngine(server: VaultServer, token: string): Promise<void> {
    const { data } = (await vaultApi(server.ask(token)).read("sys/mounts")) as { data: object };
    if (!("secret/" in data)) await vaultApi(server.ask(token)).write("sys/mounts/secret", { type: "kv", options: { version: "2" } });
    await until("the status of secret/config", () => status(server, token, "secret/config"), 200);
  }

  async function kept(server: VaultServer, token: string): Promise<unknown> {
    const body = await vaultApi(server.ask(token)).read(`secret/data/${KEPT_AT}`);
    return (body?.data as { data?: unknown } | undefined)?.data;
  }

  /** While it seals itself, it may give no answer. */
  const sealed = (server: VaultServer): Promise<boolean | string> =>
    server
      .ask()("GET", "/v1/sys/seal-status")
      .then(({ status, body }) => (body as { sealed?: boolean } | undefined)?.sealed ?? `status ${status}`, String);
  const revoke = async (server: VaultServer, token: string) =>
    assert.equal((await server.ask(token)("POST", "/v1/auth/token/revoke-self", {})).status, 204);
  /** As people do: at a prompt that does not show it. */
  const typed = (secret: string) => (line: string) => `printf '%s\\n' ${secret} | script -qec '${line}' /dev/null`;

  it("the ceremony", async () => {
    const { ceremonyBook } = desk;
    const steps = "The steps";
    await ceremonyBook.run("The command", "ceremony()");
    await ceremonyBook.run(steps, "ceremony --pgp-key");
    assert.deepEqual((await ceremonyBook.run(steps, "ceremony --show recovery-share")).map(Number), [66]);
    await ceremonyBook.run(steps, "ceremony --show root-token");
    const [seen] = await ceremonyBook.run(steps, "VAULT_TOKEN=", {}, (line) =>
      line.replace("pulumi up --stack prod", "vault token lookup"),
    );
    assert.match(seen!, new RegExp(`^policies +\\[${BOOTSTRAP}\\]$`, "m"));
    assert.deepEqual(ceremonyBook.left, []);
  });

  it("a root token, and a bootstrap token from it", async () => {
    const before = await desk.bootstrapToken();
    const ENCODED = await desk.encodedRootToken();
    const root = await decrypt(ENCODED, desk.holders.dave);
    assert.equal(await status(desk.vault, root), 200);
    await desk.book.run("A bootstrap token", "echo ENCODED", { ENCODED });
    const tokens = [before, root, await desk.bootstrapToken()];
    assert.deepEqual(await Promise.all(tokens.map((token) => status(desk.vault, token))), [403, 403, 200]);
  });

  it("versions of the key: Vault goes over to a new one, a snapshot needs that of its day; a restore", async () => {
    const { vault, service, book } = desk;
    const disableBefore = (version: number) => service.api.write("transit/keys/unseal/config", { min_decryption_version: version });
    const root = await desk.rootToken();
    await keep(vault, root);
    await book.run("Restore", "vault operator raft snapshot save", {}, (line) => `VAULT_TOKEN=${root} ${line}`);
    await revoke(vault, root);

    await service.api.write("transit/keys/unseal/rotate", {});
    await restart(vault);
    await disableBefore(2);
    await restart(vault);

    await vault.startOver();
    await book.run("Restore", "ceremony --record throwaway.json");
    const thrownAway = await desk.holders.dave.decrypt((await desk.told("throwaway.json")).keys.rootToken.message);
    await book.run("Restore", "VAULT_TOKEN=");
    // With the old version disabled, nothing opens it.
    await until("whether Vault is sealed", () => sealed(vault), true);
    await vault.restart();
    const why = "disallowed by policy (too old)";
    const log = async () => {
      const text = await fs.readFile(path.join(vault.directory, "vault.log"), "utf8");
      return text.includes(why) ? why : text.slice(-2000);
    };
    await until("Vault's log", log, why);
    assert.equal(await sealed(vault), true);
    await disableBefore(1);
    await vault.serving();

    assert.match((await book.run("Restore", "ceremony --check"))[0]!, /^Done: the ceremony of stack prod$/m);
    assert.equal(await status(vault, thrownAway), 403);
    const again = await desk.rootToken();
    assert.deepEqual(await kept(vault, again), KEPT);
    await revoke(vault, again);
  });

  it("without a quorum: what is nowhere else is copied into another Vault", async () => {
    const { vault, env } = desk;
    const root = await desk.rootToken();
    const api = vaultApi(vault.ask(root));
    await api.write("sys/policies/acl/store", { policy: storePolicy("secret", [KEPT_AT]) }, "PUT");
    const { auth } = (await api.write("auth/token/create-orphan", { policies: ["store"] })) as { auth: { client_token: string } };
    await revoke(vault, root);
    const other = await startVault(desk.service.seal);
    try {
      await fs.appendFile(path.join(desk.directory, "vault-ca.pem"), other.ca);
      env.VAULT_ADDR = other.address;
      await desk.shell("ceremony --record other.json --allow-single --pgp-key dave.pgp --root-token-pgp-key dave.pgp");
      await desk.shell("ceremony --record other.json --show root-token | gpg --decrypt | ceremony --record other.json");
      const token = await desk.bootstrapToken("other.json");
      await makeEngine(other, token);
      const variables = `OLD_ADDR=${vault.address} OLD_TOKEN=${auth.client_token} VAULT_TOKEN=${token}`;
      await desk.book.run("Without a quorum", "VAULT_ADDR=$OLD_ADDR", {}, (line) => `export ${variables}; ${line}`);
      assert.deepEqual(await kept(other, token), KEPT);
    } finally {
      env.VAULT_ADDR = vault.address;
      await other.remove();
    }
  });

  it("recovery keys made anew: the old ones are good for nothing", async () => {
    const { book, vault } = desk;
    const [begun] = await book.run("Recovery keys", "vault operator rekey -target=recovery -init");
    const [, last] = await book.run("Recovery keys", "ceremony --show", { NONCE: nonce(begun!) });
    const { alice, bob, erin } = desk.holders;
    const fresh = [...last!.matchAll(/^Key \d+ fingerprint: (\S+); value: (\S+)$/gm)];
    assert.deepEqual(
      fresh.map(([, fingerprint]) => fingerprint!.toUpperCase()),
      [alice, bob, erin].map(({ fingerprint }) => fingerprint),
    );
    const keys = await Promise.all([alice, bob, erin].map((holder, index) => decrypt(fresh[index]![2]!, holder)));
    assert.equal(await isQuorum(vault, (await desk.shares()).slice(0, 2)), false);
    assert.equal(await isQuorum(vault, keys.slice(1)), true);
  });

  it("from Shamir to a key service", async () => {
    const { book, env } = desk;
    const section = "From Shamir to a key service";
    const vault = await startVault();
    try {
      await fs.appendFile(path.join(desk.directory, "vault-ca.pem"), vault.ca);
      await fs.rm(path.join(desk.directory, "record.json"));
      env.VAULT_ADDR = vault.address;
      const { unsealKey, rootToken: root } = await open(vault);
      await keep(vault, root);
      await book.run(section, "vault operator raft snapshot save", {}, (line) => `VAULT_TOKEN=${root} ${line}`);

      await vault.configure(desk.service.seal);
      await vault.restart();
      await book.run(section, "vault operator unseal -migrate", {}, typed(unsealKey));
      await vault.serving();
      await restart(vault);
      assert.match(await desk.shell("vault status"), /^Seal Type +transit$/m);

      const [begun] = await book.run(section, "vault operator rekey -target=recovery -init");
      await book.run(section, "vault operator rekey -target=recovery -nonce", { NONCE: nonce(begun!) }, typed(unsealKey));
      assert.equal(await isQuorum(vault, [unsealKey]), false);

      await book.run(section, "printf %s", {}, (line) => `ROOT_TOKEN=${root}; ${line}`);
      assert.equal(await status(vault, root), 403);
      assert.deepEqual(await kept(vault, await desk.bootstrapToken()), KEPT);
      assert.match(await desk.shell("ceremony --check"), /^initialised +done +- +not by this ceremony$/m);
    } finally {
      env.VAULT_ADDR = desk.vault.address;
      await vault.remove();
    }
  });

  it("has run every command that they have", () => assert.deepEqual(desk.book.left, []));
});
