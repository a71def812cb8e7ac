import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { connect } from "../../../kube/http";
import type { CeremonyContext } from "../../../cli/ceremony/context";
import { awaitUnsealed, initialise } from "../../../cli/ceremony/initialise";
import { encrypt, type Recipient } from "../../../cli/ceremony/pgp";
import { checkUninitialised, requireOwn } from "../../../cli/ceremony/preconditions";
import { RecordFile } from "../../../cli/ceremony/record";
import { readVaultState, type VaultState } from "../../../cli/ceremony/vaultState";
import type { Reply } from "../../support/apiServer";
import { startFakeVault, type FakeVault } from "../../support/fakeVault";

const EMPTY = { type: "azurekeyvault", initialized: false, sealed: true, n: 0, t: 0 };
const INITIALISED = { ...EMPTY, initialized: true, n: 3, t: 2 };
const STATUS = "GET /v1/sys/seal-status";
const SERVICE = "GET /v1/sys/seal-backend-status";
const INIT = "PUT /v1/sys/init";
const ROOT = "hvs.root";

describe("cli/ceremony/initialise, and a Vault that misbehaves", () => {
  let fake: FakeVault;

  beforeEach(async () => void (fake = await startFakeVault()));
  afterEach(async () => {
    assert.deepEqual(fake.server.unexpected, []);
    await fake.close();
  });

  const plan = () => ({ recoveryKeys: fake.recipients.slice(0, 3), threshold: 2, rootTokenKey: fake.recipients[3] });
  const reply = (replies: Record<string, Reply>) => void Object.assign(fake.server.replies, replies);
  const state = () => readVaultState(fake.context.vault(), fake.context.address);
  /** As Vault tells it: without the armor. */
  const told = async (recipient: Recipient, value: string) => (await encrypt(value, recipient)).message.split("\n").slice(2, -3).join("");
  /** What Vault answers when all is well. */
  const answer = async (value = "share") => ({
    recovery_keys_base64: await Promise.all(fake.recipients.slice(0, 3).map((holder) => told(holder, value))),
    root_token: await told(fake.recipients[3], ROOT),
  });

  it("does not write down, or repeat, what Vault has not encrypted to whom it should have", async () => {
    const share = "0e46b29306565c5d24de2890c037e35ca77b7a7d78aa69e5d781244c7d8b652fe0";
    const { recovery_keys_base64: good, root_token } = await answer(share);
    const bad: Record<string, Reply> = {
      "the root token in clear": { recovery_keys_base64: good, root_token: ROOT },
      "a share in clear": { recovery_keys_base64: [...good.slice(0, 2), Buffer.from(share, "hex").toString("base64")], root_token },
      "shares to one another": { recovery_keys_base64: [good[1], good[0], good[2]], root_token },
      "a share too few": { recovery_keys_base64: good.slice(0, 2), root_token },
      "no shares": { root_token },
      "the root token to somebody else": { recovery_keys_base64: good, root_token: good[0] },
    };
    for (const [what, said] of Object.entries(bad)) {
      reply({ [INIT]: said });
      await assert.rejects(
        initialise(fake.context, plan()),
        /nobody has its recovery keys or its root token: its answer was not encrypted as asked/,
        what,
      );
      assert.equal(fake.context.file.record.keys, undefined, what);
      assert.ok(fake.context.file.record.attempt, what);
      assert.ok(!(await fake.text()).includes("BEGIN PGP MESSAGE"), what);
    }
    reply({ [INIT]: { recovery_keys_base64: good, root_token } });
    await initialise(fake.context, plan());
    assert.equal(fake.context.file.record.keys!.recoveryShares.length, 3);
    assert.equal(fake.context.file.record.attempt, undefined);
    for (const secret of [share, ROOT]) assert.ok(!fake.lines.join().includes(secret) && !(await fake.text()).includes(secret));
  });

  it("writes down what it is told, whatever has become of the record meanwhile", async () => {
    const { context } = fake;
    const { file } = context.file;
    const other = await RecordFile.open(file, "prod");
    const changes = [
      () => fs.rm(file),
      () => fs.writeFile(file, "of somebody else"),
      () => fs.rm(file).then(() => other.note("policy", "by another run")),
    ];
    for (const change of changes) {
      reply({ [INIT]: await answer() });
      const vault: CeremonyContext["vault"] =
        () =>
        async (...question) => {
          const said = await context.vault()(...question);
          await change();
          return said;
        };
      await initialise({ ...context, vault }, plan());
      assert.equal((await RecordFile.open(file, "prod")).record.keys!.recoveryShares.length, 3);
    }
    assert.equal(await fs.readFile(`${file}.aside`, "utf8"), "of somebody else");
    assert.ok(context.file.record.steps.some(({ detail }) => detail === "by another run"));
  });

  it("tells a Vault that somebody else initialises from one that nobody has the keys of", async () => {
    reply({ [STATUS]: INITIALISED, [INIT]: 400 });
    const { context } = fake;
    await assert.rejects(initialise(context, plan()), /was initialised by somebody else in this moment/);
    assert.equal(context.file.record.attempt, undefined);
    // By a former run, which may still be at it.
    const attempt = { at: new Date(Date.now() - 5000).toISOString(), shares: 3, threshold: 2 };
    await context.file.write({ attempt });
    const underWay =
      /by a run that asked for it on .* and may be about to write down its keys\nRemedy: if that one still runs, let it end.* run this again after 20/;
    await assert.rejects(initialise(context, plan()), underWay);
    assert.deepEqual(context.file.record.attempt, attempt);
    const now = await state();
    assert.throws(() => requireOwn(context, now), underWay);
    await context.file.write({ attempt: { ...attempt, at: new Date(Date.now() - 61_000).toISOString() } });
    const over =
      /the run that asked for them on .* was ended before it had the answer\. Nothing is in it\nRemedy: make sure that nobody else has initialised it; then delete its storage/;
    assert.throws(() => requireOwn(context, now), over);
    // Ended itself while it was at it.
    assert.throws(() => requireOwn(context, { ...now, shares: 0, threshold: 0 }), over);
    assert.throws(() => requireOwn(context, { ...now, shares: 5, threshold: 3 }), /is initialised, and not by this ceremony/);
  });

  it("says what has become of a Vault that does not do it", async () => {
    const { context, server } = fake;
    reply({ [STATUS]: INITIALISED, [INIT]: 500 });
    await assert.rejects(initialise(context, plan()), /nobody has its recovery keys or its root token: it answered with 500/);
    assert.ok(context.file.record.attempt);
    reply({ [STATUS]: EMPTY, [INIT]: 400 });
    await assert.rejects(initialise(context, plan()), /refused to be initialised \(400: no reason given\), and is not/);
    await server.close();
    await assert.rejects(initialise(context, plan()), /gave no answer \(.*\)\nRemedy: run this again/);
  });

  it("lists what keeps an empty Vault from being initialised", async () => {
    const { context } = fake;
    const problems = async (change: Partial<VaultState> = {}) =>
      (await checkUninitialised(context, { ...(await state()), ...change })).map(({ path: at, message }) => `${at}: ${message}`);
    reply({ [STATUS]: EMPTY, [SERVICE]: { healthy: true } });
    assert.deepEqual(await problems(), []);
    assert.deepEqual(await problems({ type: "shamir" }), ["seal: is `shamir`: this Vault must be unsealed with keys, at every restart"]);
    reply({ [SERVICE]: { healthy: false, unhealthy_since: "2026-01-01" } });
    const nobody = { fingerprint: "", holder: "", message: "" };
    await context.file.note("initialised", "", { keys: { threshold: 1, recoveryShares: [], rootToken: nobody, rootTokenKey: "" } });
    const [service, record] = await problems();
    assert.equal(service, "seal: its key service, azurekeyvault, has not answered Vault since 2026-01-01");
    assert.match(
      record!,
      /record\.json: has the recovery shares of a Vault that was initialised on 20.*, and the one at https:.* is empty$/,
    );
    // Before 1.16 it does not say.
    reply({ [SERVICE]: 404 });
    assert.equal((await problems()).length, 1);
  });

  it("waits until Vault is unsealed and serves requests, and notes which one it is, once", async () => {
    let asked = 0;
    reply({
      [STATUS]: () => (++asked < 3 ? INITIALISED : { ...INITIALISED, sealed: false, cluster_id: "one" }),
      "GET /v1/sys/health?standbyok=true&perfstandbyok=true": () => (asked < 4 ? 503 : 200),
    });
    await awaitUnsealed(fake.context);
    assert.equal(asked, 4);
    assert.equal(fake.context.file.record.clusterId, "one");
    await awaitUnsealed(fake.context);
    assert.equal(fake.context.file.record.steps.length, 1);
  });

  it("says of a server that is no Vault, or cannot be reached, what it is", async () => {
    const { url, ca } = fake.server;
    reply({ [STATUS]: "<html>" });
    await assert.rejects(state(), /answers, and not as a Vault does \(status 200\)/);
    await assert.rejects(readVaultState(connect({ address: url }), url), /cannot be asked: \w*SIGNED\w*\nRemedy: give the authority/);
    const name = connect({ address: url, ca, serverName: "vault.vault.svc" });
    await assert.rejects(readVaultState(name, url), /cannot be asked: ERR_TLS_CERT_ALTNAME_INVALID\nRemedy: give the authority/);
    const nobody = "https://localhost:1";
    await assert.rejects(readVaultState(connect({ address: nobody }), nobody), /cannot be asked: ECONNREFUSED\nRemedy: see that it runs/);
  });
});
