import * as assert from "node:assert/strict";
import type { BootstrapConfiguration } from "../../vault/bootstrap/configuration";
import { configure } from "../../vault/bootstrap/configure";
import { writeFixtures } from "../../vault/bootstrap/fixtures";
import { VaultError } from "../../vault/bootstrap/vaultApi";
import { BootstrapWorld } from "../support/bootstrapWorld";

const CONFIGURATION: BootstrapConfiguration = {
  environment: "dev",
  address: "https://vault.test:8200",
  secret: "vault-keys",
  mounts: { secret: { description: "Fixtures" }, mirror: { description: "Copies", checkAndSet: true } },
  fixtureMount: "secret",
  audit: { file: { file: "/vault/audit.log" } },
  kubernetes: {
    mount: "kubernetes",
    host: "https://api.test",
    plugin: { command: "kubernetes-auth", sha256: "abc" },
    roles: { reader: { serviceAccounts: ["b", "a"], namespaces: ["apps"], audience: "vault", policies: ["read"], ttlSeconds: 600 } },
  },
  policies: { read: 'path "secret/*" { capabilities = ["read"] }' },
};
const ROLE = "auth/kubernetes/role/reader";
const ALL = [
  "sys/audit/file",
  "sys/mounts/secret",
  "secret/config",
  "sys/mounts/mirror",
  "mirror/config",
  "sys/plugins/catalog/auth/kubernetes",
  "sys/auth/kubernetes",
  "auth/kubernetes/config",
  "sys/policies/acl/read",
  ROLE,
];

/** A Vault that has been configured so, with what has been done to it forgotten. */
async function configured(kubernetes: Partial<BootstrapConfiguration["kubernetes"]> = {}): Promise<BootstrapWorld> {
  const one = new BootstrapWorld({ ...CONFIGURATION, kubernetes: { ...CONFIGURATION.kubernetes, ...kubernetes } });
  await configure(one.context);
  one.done.length = one.changes.length = 0;
  return one;
}

describe("vault/bootstrap: Vault is configured", () => {
  it("from nothing, its audit first, and then not again", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    await configure(one.context);
    assert.deepEqual([one.done, one.changes.length], [ALL, ALL.length]);
    await configure(one.context);
    assert.equal(one.done.length, ALL.length);
  });

  it("so that whoever logs in may do what the role says, for as long as it says, and no more", async () => {
    const one = await configured();
    assert.deepEqual(one.vault.get(ROLE), {
      bound_service_account_names: ["b", "a"],
      bound_service_account_namespaces: ["apps"],
      audience: "vault",
      token_policies: ["read"],
      token_ttl: 600,
      token_max_ttl: 600,
      token_no_default_policy: true,
      token_period: 0,
      bound_service_account_namespace_selector: "",
    });
  });

  it("to ask its own cluster with its own token, and another's with that of who logs in alone", async () => {
    const [own, other] = [await configured(), await configured({ ca: "PEM" })];
    const common = { kubernetes_host: "https://api.test" };
    assert.deepEqual(own.vault.get("auth/kubernetes/config"), { ...common, kubernetes_ca_cert: "", disable_local_ca_jwt: false });
    assert.deepEqual(other.vault.get("auth/kubernetes/config"), { ...common, kubernetes_ca_cert: "PEM", disable_local_ca_jwt: true });
  });

  const changed: [string, path: string, found: Record<string, unknown>][] = [
    ["a policy that was edited", "sys/policies/acl/read", { policy: 'path "*" { capabilities = ["sudo"] }' }],
    ["a role for a further namespace", ROLE, { bound_service_account_namespaces: ["apps", "web"] }],
    ["a role with a further policy", ROLE, { token_policies: ["read", "root"] }],
    ["a role whose tokens live longer", ROLE, { token_max_ttl: 86_400 }],
    ["a role whose tokens are renewed for good", ROLE, { token_period: 86_400 }],
    ["a role for namespaces by their labels", ROLE, { bound_service_account_namespace_selector: '{"matchLabels":{"a":"b"}}' }],
    ["a role with the default policy", ROLE, { token_no_default_policy: false }],
    ["another API server", "auth/kubernetes/config", { kubernetes_host: "https://other.test" }],
    ["writes that name no version", "mirror/config", { cas_required: false }],
    ["writes that have to name a version", "secret/config", { cas_required: true }],
    ["another program of the plugin's name", "sys/plugins/catalog/auth/kubernetes", { sha256: "def" }],
  ];
  for (const [what, path, found] of changed)
    it(`again, and nothing else: ${what}`, async () => {
      const one = await configured();
      const before = one.vault.get(path)!;
      one.vault.set(path, { ...before, ...found });
      await configure(one.context);
      assert.deepEqual([one.done, one.vault.get(path)], [[path], before]);
    });

  it("with no regard to the order of lists, and to what else is there", async () => {
    const one = await configured();
    one.vault.set(ROLE, { ...one.vault.get(ROLE), bound_service_account_names: ["a", "b"], more: 1 });
    one.vault.set("sys/mounts/theirs", { type: "pki" });
    await configure(one.context);
    assert.deepEqual(one.done, []);
  });

  const refused: [string, path: string, found: Record<string, unknown>, RegExp][] = [
    [
      "an audit device that writes elsewhere",
      "sys/audit/file",
      { type: "file", options: { file_path: "/dev/null" } },
      /audit device file does not write to \/vault\/audit\.log/,
    ],
    ["an audit device of another kind", "sys/audit/file", { type: "socket", options: { file_path: "/vault/audit.log" } }, /audit device/],
    ["another engine", "sys/mounts/secret", { type: "pki", options: { version: "2" } }, /engine at secret\/ that is not kv, version 2/],
    ["a kv engine without versions", "sys/mounts/secret", { type: "kv", options: { version: "1" } }, /not kv, version 2/],
    ["a kv engine of no version", "sys/mounts/secret", { type: "kv", options: null }, /not kv, version 2/],
    ["another authentication", "sys/auth/kubernetes", { type: "jwt" }, /authentication method at kubernetes\/ that is not for Kubernetes/],
  ];
  for (const [what, path, found, message] of refused)
    it(`not where there is ${what}: it is left, and named`, async () => {
      const one = await configured();
      one.vault.set(path, found);
      await assert.rejects(configure(one.context), { name: "FixableError", message });
      assert.deepEqual([one.done, one.vault.get(path)], [[], found]);
    });

  it("beside another run, whose engine it takes for its own", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    one.onWrite = (path) => void (path === "sys/mounts/secret" && one.vault.set(path, { type: "kv", options: { version: "2" } }));
    await configure(one.context);
    assert.ok(!one.changes.some((change) => change === "enabled the kv engine secret"));
    assert.ok(one.changes.includes("enabled the kv engine mirror"));
  });

  it("once a new engine is ready to be", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    let upgrading = true;
    one.onWrite = (path) => {
      if (path === "secret/config" && upgrading)
        throw new VaultError(`POST ${path}`, 400, ["Upgrading from non-versioned to versioned data"]);
    };
    one.onSleep = () => (upgrading = false);
    await configure(one.context);
    assert.deepEqual([one.waited, one.done], [["the kv engine secret"], ALL]);
  });
});

describe("vault/bootstrap: fixtures are written", () => {
  const write = async (one: BootstrapWorld, values: Parameters<typeof writeFixtures>[1]) => {
    await writeFixtures(one.context, values);
    return Object.fromEntries([...one.kv].map(([path, { values: now, version }]) => [path, { ...now, version }]));
  };

  it("where they are missing, one version each, and then not again", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    const fixtures = {
      "apps/a": { key: { value: "1" } },
      "apps/b": { key: { value: "2" }, other: { value: "3", initial: true } },
    } as const;
    const expected = { "apps/a": { key: "1", version: 1 }, "apps/b": { key: "2", other: "3", version: 1 } };
    for (let time = 0; time < 2; time++) assert.deepEqual(await write(one, fixtures), expected);
    assert.deepEqual(one.changes.sort(), ["wrote secret/apps/a: key", "wrote secret/apps/b: key, other"]);
  });

  it("over another value, not over one that a service replaces itself, and beside the keys of others", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    one.kv.set("a", { values: { key: "old", own: "replaced", theirs: "stays" }, version: 7 });
    const now = await write(one, { a: { key: { value: "new" }, own: { value: "first", initial: true } } });
    assert.deepEqual(now, { a: { key: "new", own: "replaced", theirs: "stays", version: 8 } });
    assert.deepEqual(one.changes, ["wrote secret/a: key"]);
  });

  it("over what somebody has written in between, whose keys stay", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    let others = 2;
    one.onWrite = () => void (others-- > 0 && one.kv.set("a", { values: { theirs: String(others) }, version: 5 - others }));
    assert.deepEqual(await write(one, { a: { key: { value: "1" } } }), { a: { theirs: "0", key: "1", version: 6 } });
  });

  it("not for ever, where somebody always has", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    let version = 0;
    one.onWrite = () => void one.kv.set("a", { values: {}, version: ++version });
    await assert.rejects(write(one, { a: { key: { value: "1" } } }), /check-and-set/);
    assert.equal(version, 5);
  });

  it("all but one that Vault refuses, which fails the run", async () => {
    const one = new BootstrapWorld(CONFIGURATION);
    one.onWrite = (path) => {
      if (path.endsWith("/b")) throw new VaultError(`POST ${path}`, 403, ["permission denied"]);
    };
    const fixtures = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [name, { key: { value: name } }]));
    await assert.rejects(writeFixtures(one.context, fixtures), /permission denied/);
    assert.deepEqual([...one.kv.keys()].sort(), ["a", "c", "d", "e", "f"]);
  });
});
