import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { ceremonyDefaults } from "../../../cli/ceremony/defaults";
import { readSettings, type Options } from "../../../cli/ceremony/settings";
import { readStackFile } from "../../../cli/ceremony/stackFile";
import { selfSigned } from "../../support/certificate";
import { makeHolders, type Holder } from "../../support/holders";
import { STACK_FILES } from "../../support/stackFiles";

describe("cli/ceremony/settings", () => {
  let directory: string;
  let holders: Record<"alice" | "bob" | "carol" | "root", Holder>;
  let valid: Options;

  before(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "settings-"));
    holders = await makeHolders(directory, ["alice", "bob", "carol", "root"]);
    const ca = path.join(directory, "ca.pem");
    await fs.writeFile(ca, selfSigned().cert);
    const { alice, bob, carol, root } = holders;
    valid = {
      stack: "prod",
      address: "https://127.0.0.1:8200",
      ca,
      pgpKey: [alice.file, bob.file, carol.file],
      rootTokenPgpKey: root.file,
      output: "text",
    };
  });
  after(() => fs.rm(directory, { recursive: true }));

  const problems = async (change: Partial<Options>) =>
    (await readSettings({ ...valid, ...change })).problems.map(({ path: at, message }) =>
      `${at}: ${message}`.replaceAll(`${directory}/`, ""),
    );

  it("reads a command line that says what it must, and goes by the names of a stack's configuration otherwise", async () => {
    const { settings, problems: none } = await readSettings(valid);
    assert.deepEqual(none, []);
    assert.deepEqual(
      settings.recoveryKeys.map(({ fingerprint }) => fingerprint),
      [holders.alice, holders.bob, holders.carol].map(({ fingerprint }) => fingerprint),
    );
    assert.equal(settings.rootTokenKey!.fingerprint, holders.root.fingerprint);
    assert.equal(settings.threshold, 2);
    assert.equal(settings.tokenSeconds, 1800);
    assert.match(settings.vault!.authority!, /^-----BEGIN CERTIFICATE-----/);
    const { record, audit } = settings;
    const { config } = await readStackFile("prod");
    assert.deepEqual({ record, audit, tokenTtl: "30m" }, ceremonyDefaults("prod", config?.vault));
  });

  it("takes what is given in the place of what is the rule", async () => {
    const { settings, problems: none } = await readSettings({
      ...valid,
      record: "r.json",
      audit: "/vault/audit.log",
      tokenTtl: "1h30m",
      threshold: "2",
      shares: "3",
    });
    assert.deepEqual(none, []);
    const { record, audit, tokenSeconds } = settings;
    assert.deepEqual({ record, audit, tokenSeconds }, { record: "r.json", audit: "/vault/audit.log", tokenSeconds: 5400 });
  });

  for (const [ttl, ok] of Object.entries({
    "1m": true,
    "60s": true,
    "4h": true,
    "59s": false,
    "4h1s": false,
    "30": false,
    "-5m": false,
    "1d": false,
    "": false,
    soon: false,
  }))
    it(`${ok ? "takes" : "refuses"} a life of \`${ttl}\``, async () =>
      assert.deepEqual(await problems({ tokenTtl: ttl }), ok ? [] : ["--token-ttl: is not a duration from `1m` to `4h`"]));

  const refused: [what: string, change: Partial<Options>, problem: string][] = [
    ["dev", { stack: "dev" }, "--stack: `dev` has no ceremony"],
    ["a stack that is a path", { stack: "organization/project/prod" }, "--stack: is not the name of a stack"],
    ["http", { address: "http://127.0.0.1:8200" }, "--address: is not an `https` address of a host"],
    ["an address with a path", { address: "https://127.0.0.1:8200/v1" }, "--address: is not an `https` address of a host"],
    ["an address with a password", { address: "https://a:b@vault" }, "--address: is not an `https` address of a host"],
    [
      "a relative audit file",
      { audit: "audit.log" },
      "--audit: is neither `stdout`, an absolute path, nor two of these with a comma between",
    ],
    [
      "one audit device twice",
      { audit: "stdout,stdout" },
      "--audit: is neither `stdout`, an absolute path, nor two of these with a comma between",
    ],
    ["a quorum of one", { threshold: "1" }, "--threshold: 1 of 3: one person could do everything"],
    ["a threshold in words", { threshold: "two" }, "--threshold: is not a number"],
  ];
  for (const [what, change, problem] of refused) it(`refuses ${what}`, async () => assert.deepEqual(await problems(change), [problem]));

  it("refuses files that are not what they should be, each by its name", async () => {
    const { alice, bob } = holders;
    const secret = path.join(directory, "secret.asc");
    await fs.writeFile(secret, alice.privateKey.armor());
    assert.deepEqual(
      await problems({ ca: bob.file, pgpKey: [alice.file, secret, path.join(directory, "none")], rootTokenPgpKey: valid.ca! }),
      [
        "--ca bob.asc: is not a file with a certificate in PEM",
        "--pgp-key secret.asc: is a private key, which belongs to nobody but its holder",
        "--pgp-key none: cannot be read (ENOENT)",
        "--root-token-pgp-key ca.pem: is not an OpenPGP key",
      ],
    );
  });

  describe("who gets what", () => {
    it("is what the stack's file and its records say: each namespace by its paths, the token by its fixtures", async () => {
      const { settings } = await readSettings(valid, STACK_FILES);
      const { rights, owned } = settings.rights!;
      assert.deepEqual(Object.keys(rights.policies), Object.keys(rights.kubernetes.roles));
      assert.deepEqual(owned.policies, Object.keys(rights.policies));
      assert.match(rights.policies["ameide-vault"]!, /^path "secret\/data\/keycloak\/keycloak-bootstrap-admin" \{$/m);
      assert.ok(owned.fixtures.includes("keycloak/keycloak-bootstrap-admin"));
      // A third party's, which the stack may have; a service's own, which it never has.
      assert.ok(owned.fixtures.includes("shared/ghcr-token") && !owned.fixtures.includes("keycloak/keycloak-platform-client"));
    });

    it("is nothing without a file", async () =>
      assert.equal((await readSettings({ ...valid, stack: "other" }, STACK_FILES)).settings.rights, undefined));
  });

  describe("where Vault is", () => {
    const settingsOf = async (change: Partial<Options>) => {
      const { address: _, ca: __, ...rest } = valid;
      return readSettings({ ...rest, ...change }, STACK_FILES);
    };

    it("is what the stack's file says, where the command line says nothing", async () => {
      const { settings, problems: none } = await settingsOf({});
      assert.deepEqual(none, []);
      assert.deepEqual(settings.vault, {
        address: "https://vault-0.vault-internal.vault.svc:8200",
        caSecret: { name: "vault-tls", namespace: "vault" },
        cluster: { context: "ameide-prod" },
      });
    });

    it("is what the stack's file says, with an authority that is given", async () => {
      const { settings } = await settingsOf({ ca: valid.ca! });
      const { authority, caSecret, cluster } = settings.vault!;
      assert.match(authority!, /^-----BEGIN CERTIFICATE-----/);
      assert.deepEqual([caSecret, cluster], [undefined, { context: "ameide-prod" }]);
    });

    it("is all what the command line says, where it has an address", async () => {
      const { settings } = await settingsOf({ address: "https://localhost:1", tlsServerName: "vault" });
      assert.deepEqual(settings.vault, { address: "https://localhost:1", tlsServerName: "vault", authority: undefined });
    });

    it("has to be said of a stack without a file, and only together with a name in its certificate", async () => {
      const { problems: found } = await settingsOf({ stack: "other", tlsServerName: "vault" });
      assert.deepEqual(
        found.map(({ path: at, message }) => `${at}: ${message}`),
        ["--address: is missing", "--tls-server-name: is about an address that is not given"],
      );
    });
  });
});
