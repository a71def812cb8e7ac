import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { BOOTSTRAP } from "../../cli/ceremony/policy";
import { vaultApi } from "../../vault/bootstrap/vaultApi";
import { until } from "../support/until";
import { startVault } from "../support/vaultServer";
import { Ceremony, POLICIES } from "./support/ceremony";
import { ROOT } from "./support/commands";

const NO_TOKEN = "hvs.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

describe("the ceremony of a Vault that a key service unseals, here another Vault's transit engine", () => {
  let ceremony: Ceremony;

  before(async () => void (ceremony = await Ceremony.prepare()));
  afterEach(async () => assert.deepEqual(await ceremony.leaks(), []));
  after(() => ceremony.remove());

  it("refuses what it cannot do well, all at once, and leaves Vault as it is", async () => {
    await ceremony.empty();
    const { alice, bob } = ceremony.holders;
    const { stderr } = await ceremony.expect(2, [
      "--pgp-key",
      alice.file,
      bob.file,
      bob.file,
      "--shares",
      "5",
      "--threshold",
      "3",
      "--ca",
      bob.file,
    ]);
    assert.match(stderr, /^The ceremony of stack staging: 5 problems, nothing was changed$/m);
    for (const problem of [
      "--ca .*: is not a file with a certificate",
      "--shares: 5 shares and 3 keys",
      "--pgp-key .*: is the key of",
      "--threshold: 3 of 3",
      "--address: Vault at .* cannot be asked",
    ])
      assert.match(stderr, new RegExp(`^ {2}- ${problem}`, "m"));
    assert.match((await ceremony.expect(2, [])).stderr, /--pgp-key: is missing[^]*--root-token-pgp-key: is missing/);
    assert.match((await ceremony.expect(2, ["--stack", "dev", ...ceremony.keys])).stderr, /--stack: `dev` has no ceremony/);
    assert.match(
      (await ceremony.expect(2, ceremony.keys, { target: { ...ceremony.target, address: "http://localhost:1" } })).stderr,
      /--address: is not an `https` address/,
    );
    const { body } = await ceremony.vault.ask()("GET", "/v1/sys/init");
    assert.deepEqual(body, { initialized: false });
    await assert.rejects(fs.access(ceremony.recordFile));
    for (const what of ["root-token", "bootstrap-token", "recovery-share-1"])
      assert.match((await ceremony.expect(2, ["--show", what])).stderr, new RegExp(`record.json has no ${what}`));
    assert.match((await ceremony.expect(2, ["--show", "everything"])).stderr, /--show knows no `everything`/);
    const file = path.join(ceremony.desk, "Pulumi.staging.yaml");
    const stackFile = await fs.readFile(file);
    await fs.rm(file);
    for (const args of [ceremony.keys, ["--show", "policy"]])
      assert.match((await ceremony.expect(2, args)).stderr, /Pulumi\.staging\.yaml/);
    await fs.writeFile(file, stackFile);
    assert.deepEqual((await ceremony.vault.ask()("GET", "/v1/sys/init")).body, { initialized: false });
  });

  it("goes from an empty Vault to a token for Pulumi and no root token", async () => {
    await ceremony.empty();
    const before = await ceremony.expect(1, ["--check"]);
    assert.match(before.stdout, /^initialised +to do/m);

    const { stdout } = await ceremony.initialise();
    const { alice, bob, carol, root } = ceremony.holders;
    for (const [what, { fingerprint, name }] of Object.entries({
      "recovery share 1": alice,
      "recovery share 2": bob,
      "recovery share 3": carol,
      "root token": root,
    }))
      assert.match(stdout, new RegExp(`^${what} +${fingerprint} +${name} <${name}@example.org>$`, "m"));
    const shares = await ceremony.shares();
    assert.equal(new Set(shares).size, 3);
    for (const share of shares) assert.match(share, /^[0-9a-f]{66}$/);
    const half = await ceremony.expect(1, ["--check"]);
    assert.match(half.stdout, /^unsealed by its key service +done .* by transit/m);
    assert.match(half.stdout, /^root token revoked +to do/m);

    const rootToken = await ceremony.rootToken();
    assert.equal(await ceremony.status(rootToken, "GET", "auth/token/lookup-self"), 200);
    const run = await ceremony.expect(0, [], { input: rootToken });
    assert.deepEqual(
      run.stderr
        .trim()
        .split("\n")
        .map((line) => line.replace(/ that expires.*/, ""))
        // A new engine may be on its way.
        .filter((line) => !line.startsWith("waiting for the kv engine")),
      [
        "accepted the root token",
        "enabled the audit device file",
        "enabled the kv engine secret",
        "enabled the kv engine mirror",
        "set check-and-set of mirror to true, versions to 1",
        "registered the plugin for Kubernetes authentication",
        "enabled Kubernetes authentication at kubernetes",
        "configured Kubernetes authentication",
        ...POLICIES.map((name) => `wrote the policy ${name}`),
        ...POLICIES.map((name) => `wrote the role ${name}`),
        `wrote the policy ${BOOTSTRAP}`,
        "made a bootstrap token",
        "revoked the root token, and saw that Vault refuses it",
      ],
    );
    assert.ok(run.stdout.startsWith((await ceremony.record()).bootstrapToken!.message.trimEnd()));
    assert.equal(await ceremony.status(rootToken, "GET", "auth/token/lookup-self"), 403);
    assert.equal(await ceremony.status(rootToken, "GET", "sys/auth"), 403);

    const { body } = await ceremony.vault.ask(await ceremony.bootstrapToken())("GET", "/v1/auth/token/lookup-self");
    const { policies, orphan, renewable, ttl, explicit_max_ttl: limit, period, type } = (body as { data: { [key: string]: unknown } }).data;
    assert.deepEqual(
      { policies, orphan, renewable, limit, period, type },
      { policies: [BOOTSTRAP], orphan: true, renewable: false, limit: 1800, period: undefined, type: "service" },
    );
    assert.ok((ttl as number) > 1700 && (ttl as number) <= 1800);

    assert.equal((await fs.stat(ceremony.recordFile)).mode & 0o777, 0o600);
    await ceremony.expect(0, ["--check"]);
    const { stdout: json } = await ceremony.expect(0, ["--check", "-o", "json"]);
    assert.deepEqual(
      (JSON.parse(json) as { steps: { step: string; done: boolean }[] }).steps.map(({ step, done }) => [step, done]),
      ["initialised", "unsealed by its key service", "audit device", "rights", "policy", "bootstrap token", "root token revoked"].map(
        (step) => [step, true],
      ),
    );
  });

  it("is found by the search of these tests where there is a secret", async () => {
    const file = path.join(ceremony.desk, "found");
    await fs.writeFile(file, `of the root: ${await ceremony.begun()}`);
    assert.deepEqual(await ceremony.leaks(), [file]);
    await fs.rm(file);
  });

  it("says that it is finished, and changes nothing", async () => {
    await ceremony.performed();
    const record = await fs.readFile(ceremony.recordFile, "utf8");
    const audited = async () =>
      (await fs.readFile(path.join(ceremony.vault.directory, "vault.log"), "utf8")).split("\n").filter((line) => line.startsWith("{"))
        .length;
    const before = await audited();
    for (const args of [[], ceremony.keys])
      assert.match(
        (await ceremony.expect(0, args, { input: NO_TOKEN })).stdout,
        /^Done: the ceremony of stack staging\. Nothing was changed\.$/m,
      );
    assert.equal(await fs.readFile(ceremony.recordFile, "utf8"), record);
    assert.equal(await audited(), before);
    assert.ok(before > 0);
  });

  it("leaves a Vault that unseals itself", async () => {
    await ceremony.performed();
    await ceremony.vault.restart();
    const sealed = async () => ((await ceremony.vault.ask()("GET", "/v1/sys/seal-status")).body as { sealed: boolean }).sealed;
    // It answers before its key service has unsealed it.
    await until("whether Vault is sealed", sealed, false);
    await ceremony.expect(0, ["--check"]);
    assert.equal(await sealed(), false);
  });

  it("takes the commands that it prints, with GnuPG", async () => {
    const home = await fs.mkdtemp("/tmp/gnupg-");
    try {
      const env = { GNUPGHOME: home, VAULT_TOKEN: undefined };
      for (const holder of Object.values(ceremony.holders))
        await execa("gpg", ["--batch", "--import"], { env, input: holder.privateKey.armor() });
      const shell = async (line: string) => (await execa("sh", ["-c", line], { env, cwd: ROOT, input: "" })).stdout;
      await ceremony.empty();
      const [decrypt, give] = (await ceremony.initialise()).stdout.match(/^ {2}npm .*$/gm)!;
      // The clone's own file is for a Vault that has Kubernetes authentication built in.
      const registered = await ceremony.status(
        await ceremony.rootToken(),
        "PUT",
        "sys/plugins/catalog/auth/kubernetes",
        ceremony.vault.plugin,
      );
      assert.equal(registered, 204);
      assert.equal((await shell(decrypt)).trim(), "66");
      // In the directory with the stack's file that this Vault is of: the clone's own has its Vault in a pod.
      const npm = "npm run --silent vault:init --";
      assert.ok(give!.includes(npm));
      const last = await shell(`cd ${ceremony.desk} && ${give!.replaceAll(npm, `'${process.execPath}' '${ceremony.command}'`)}`);
      ceremony.transcript.push(last);
      const withToken = /^ {2}(VAULT_TOKEN=.*) pulumi up --stack staging$/m.exec(last)![1]!;
      assert.equal(await shell(`${withToken} sh -c 'printf %s "$VAULT_TOKEN"'`), await ceremony.bootstrapToken());
    } finally {
      await execa("gpgconf", ["--homedir", home, "--kill", "all"]);
      await fs.rm(home, { recursive: true });
    }
  });

  it("makes another bootstrap token from another root token, and revokes the one before", async () => {
    await ceremony.performed();
    const first = await ceremony.bootstrapToken();
    const root = await ceremony.generateRoot();
    assert.match((await ceremony.expect(1, ["--refresh-token"])).stdout, /gpg --decrypt \| npm run .* --refresh-token/);
    const { stderr } = await ceremony.expect(0, ["--refresh-token", "--token-ttl", "10m"], { input: root });
    assert.match(stderr, /^revoked an earlier bootstrap token/m);
    const second = await ceremony.bootstrapToken();
    const lookups = [first, root, second].map((token) => ceremony.status(token, "GET", "auth/token/lookup-self"));
    assert.deepEqual(await Promise.all(lookups), [403, 403, 200]);
    await ceremony.expect(0, ["--check"]);
  });

  it("makes a bootstrap token without the record of a ceremony, where somebody else has initialised Vault", async () => {
    await ceremony.performed();
    const root = await ceremony.generateRoot();
    await fs.rm(ceremony.recordFile);
    const key = ceremony.holders.alice.file;
    assert.match((await ceremony.expect(2, [], { input: root })).stderr, /is initialised, and not by this ceremony/);
    assert.match((await ceremony.expect(2, ["--refresh-token"], { input: root })).stderr, /--root-token-pgp-key: is missing/);
    await ceremony.expect(0, ["--refresh-token", "--root-token-pgp-key", key], { input: root });
    const { bootstrapToken } = await ceremony.record();
    const token = await ceremony.holders.alice.decrypt(bootstrapToken!.message);
    ceremony.secrets.add(token);
    assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), 200);
    assert.match((await ceremony.expect(0, ["--check"])).stdout, /^initialised +done +- +not by this ceremony$/m);
  });

  it("says who else may log in, to whoever has a token that may see it", async () => {
    const root = await ceremony.begun();
    const api = vaultApi(ceremony.vault.ask(root));
    await api.write("sys/policies/acl/backdoor", { policy: 'path "*" { capabilities = ["sudo", "read"] }' }, "PUT");
    await ceremony.expect(0, [], { input: root });
    const input = await ceremony.bootstrapToken();
    const { stdout } = await ceremony.expect(1, ["--check", "--others"], { input });
    assert.match(stdout, /^Not this stack's, and to be accounted for:\n {2}policy backdoor\n\nDone: /m);
    assert.match((await ceremony.expect(2, ["--check", "--others"])).stderr, /none came on standard input/);
    const again = await ceremony.begun();
    assert.equal(await ceremony.status(again, "DELETE", "sys/policies/acl/backdoor"), 204);
    await ceremony.expect(0, [], { input: again });
    const clean = await ceremony.expect(0, ["--check", "--others"], { input: await ceremony.bootstrapToken() });
    assert.match(clean.stdout, /^Nobody but this stack has a method, a role or a policy in Vault\.$/m);
  });

  it("does not end while somebody has another root token", async () => {
    const root = await ceremony.begun();
    const other = await ceremony.generateRoot();
    const { stderr } = await ceremony.expect(2, [], { input: root });
    assert.match(stderr, /Vault has 1 root token beside the one on standard input: accessor \S+, made 20\S+\. None was revoked/);
    assert.equal(await ceremony.status(other, "GET", "auth/token/lookup-self"), 200);
    await ceremony.expect(1, ["--check"]);
    await ceremony.expect(0, ["--revoke-other-root-tokens"], { input: root });
    for (const token of [root, other]) assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), 403);
  });

  it("refuses tokens that are not the root's, and changes nothing", async () => {
    const root = await ceremony.begun();
    const refused: [string, RegExp][] = [
      [NO_TOKEN, /does not know the token on standard input/],
      [(await ceremony.record()).keys!.rootToken.message, /is still encrypted/],
      [`${root} and more`, /is not a Vault token/],
    ];
    const record = await fs.readFile(ceremony.recordFile, "utf8");
    for (const [input, message] of refused) assert.match((await ceremony.expect(2, [], { input })).stderr, message);
    assert.match((await ceremony.expect(1, [])).stdout, /give the root token on standard input/);
    assert.equal(await fs.readFile(ceremony.recordFile, "utf8"), record);
    await ceremony.expect(0, [], { input: root });
    const bootstrap = await ceremony.bootstrapToken();
    assert.match(
      (await ceremony.expect(2, ["--refresh-token"], { input: bootstrap })).stderr,
      /is not a root token: its policies are cnpg-credentials-bootstrap/,
    );
  });

  it("takes no token where others see it, and has none there", async () => {
    const root = await ceremony.begun();
    for (const args of [[root], [`--root-token=${root}`], ["--audit", root]])
      assert.match((await ceremony.expect(2, args)).stderr, /A token was given as an argument/);
    assert.match((await ceremony.expect(2, [], { env: { VAULT_TOKEN: root } })).stderr, /VAULT_TOKEN is set/);
    const run = ceremony.start([], { input: root });
    const seen = run.inSight();
    assert.ok(seen.includes("command.cjs") && !seen.includes(root));
    assert.equal((await run.ended).code, 0);
  });

  it("refuses a Vault that needs unseal keys, one that is another's, and one that lost its storage", async () => {
    const shamir = await startVault();
    try {
      await fs.rm(ceremony.recordFile, { force: true });
      const ca = path.join(ceremony.desk, "shamir.pem");
      await fs.writeFile(ca, shamir.ca);
      const target = { address: shamir.address, ca };
      assert.match((await ceremony.expect(2, ceremony.keys, { target })).stderr, /seal: is `shamir`/);
      await ceremony.performed();
      const record = await fs.readFile(ceremony.recordFile, "utf8");
      const service = { address: ceremony.service.server.address, ca: ceremony.service.ca };
      assert.match(
        (await ceremony.expect(2, ["--check"], { target: service })).stderr,
        /is the Vault with the cluster id \S+, and .* belongs to that with/,
      );
      await ceremony.loseStorage();
      for (const args of [ceremony.keys, ["--check"]])
        assert.match((await ceremony.expect(2, args)).stderr, /has the recovery shares of a Vault that was initialised on/);
      assert.equal(await fs.readFile(ceremony.recordFile, "utf8"), record);
    } finally {
      await shamir.remove();
    }
  });
});
