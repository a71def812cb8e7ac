import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { asConfig, settingsIn } from "../../config/settings";
import { vaultApi } from "../../vault/bootstrap/vaultApi";
import { setTimeout as sleep } from "node:timers/promises";
import { rightsOf, type StackRights } from "../../cli/ceremony/rights";
import { accessSteps } from "../../vault/bootstrap/configure";
import { bootstrapPolicy } from "../../cli/ceremony/policy";
import { stackConfig } from "../support/fixtures";
import { storePolicy } from "../../vault/policies";
import { open, startVault, type VaultServer } from "../support/vaultServer";
import { makeProject } from "./support/project";

const API_KEY = `sk-<a>&"b"\\ü\u2028`;
const ANOTHER = "sk-of-another-day";
const KEYS = ["LANGSMITH_API_KEY", "OPENAI_API_KEY", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"];
const POLICIES = ["ameide-vault", "ameide-vault-mirror", "ameide-vault-mirror-reader"];
const CHANGED = `inference/inference-api-credentials#${KEYS[0]}`;
const GIVEN = Object.fromEntries(KEYS.map((key) => [`inference/inference-api-credentials#${key}`, `${API_KEY} ${key}`]));

describe("a Vault that the program sets up", () => {
  let vault: VaultServer;
  let root: string;
  let directory: string;
  let env: Record<string, string>;
  const transcript: string[] = [];
  const tokens: string[] = [];
  const values: string[] = [];

  /** Values as the stack's file has them, encrypted. */
  const sealed = { given: {}, another: {} };

  const at = (file: string) => path.join(directory, file);
  const stackFile = () => at("Pulumi.prod.yaml");
  const settings = () => ({
    server: { kind: "existing", address: vault.address, ca: vault.ca },
    configuration: { by: "pulumi" },
    kubernetesAuth: { ca: vault.ca, reviewer: "given" },
    mirror: { mode: "push" },
  });
  const api = (token: string) => vaultApi(vault.ask(token));
  /** What the ceremony makes of the stack's file. */
  function wanted(change: object = {}): StackRights {
    const found = rightsOf(
      stackConfig({ namespace: "apps", services: {}, environment: "prod", vault: { ...settings(), ...change } }),
      "prod",
    );
    assert.ok(found && "rights" in found);
    return found;
  }
  /** Gives everybody their rights, as the ceremony does with the root token. */
  async function giveRights(change: object = {}): Promise<void> {
    const nothing = () => undefined;
    const hands = { vault: api(root), changed: nothing, waiting: nothing, sleep: async (ms: number) => void (await sleep(ms)) };
    for (const step of accessSteps(hands, wanted(change).rights)) await step();
  }

  /** A token as the ceremony makes it. */
  async function newToken(policies: readonly string[], ttl = "30m"): Promise<string> {
    const request = { policies, no_default_policy: true, renewable: false, ttl, explicit_max_ttl: ttl };
    const { auth } = (await api(root).write("auth/token/create-orphan", request)) as { auth: { client_token: string } };
    return auth.client_token;
  }
  async function pulumi(args: readonly string[], token?: string): Promise<{ code: number; text: string }> {
    const { exitCode, all } = await execa("pulumi", [...args, "--non-interactive", "--color=never"], {
      cwd: directory,
      env: { ...env, ...(token === undefined ? {} : { VAULT_TOKEN: token }) },
      all: true,
      reject: false,
    });
    transcript.push(all);
    return { code: exitCode ?? -1, text: all };
  }
  const up = (token?: string) => pulumi(["up", "--yes", "--skip-preview"], token);

  /** The stack's file; without a change, as most tests have it. */
  async function configure({ vault, values = sealed.given }: { vault?: object; values?: object } = {}): Promise<void> {
    const config = {
      namespace: "apps",
      context: "none",
      services: {},
      cluster: { instances: 1, image: "pg:17", storage: { size: "1Gi" } },
      environment: "prod",
      vault: { ...settings(), ...vault },
      vaultValues: values,
    };
    const { encryptionsalt } = parse(await fs.readFile(stackFile(), "utf8")) as { encryptionsalt: string };
    await fs.writeFile(stackFile(), stringify({ encryptionsalt, config: asConfig(config) }));
  }

  /** What the stack's file has for values that are set as a user does. */
  async function seal(values: Record<string, string>): Promise<object> {
    const pairs = Object.entries(values).map(([name, value]) => `vaultValues["${name}"]=${value}`);
    const { code, text } = await pulumi(["config", "set-all", "--path", ...pairs.flatMap((pair) => ["--secret", pair])]);
    assert.equal(code, 0, text);
    const { config } = parse(await fs.readFile(stackFile(), "utf8")) as { config: Record<string, unknown> };
    return settingsIn(config).vaultValues as object;
  }

  before(async () => {
    vault = await startVault();
    root = (await open(vault)).rootToken;
    await api(root).write("sys/plugins/catalog/auth/kubernetes", vault.plugin, "PUT");
    await api(root).write("sys/policies/acl/bootstrap", { policy: bootstrapPolicy(wanted().owned) }, "PUT");
    await api(root).write("sys/policies/acl/store", { policy: storePolicy("secret", []) }, "PUT");

    directory = path.join(vault.directory, "program");
    const project = await makeProject(directory, "vaultProgram", ["vault"]);
    const home = at("home");
    await fs.mkdir(home);
    // What somebody's `vault login` has left there.
    await fs.writeFile(path.join(home, ".vault-token"), root);
    env = {
      ...project,
      HOME: home,
      VAULT_TOKEN: "",
    };
    await fs.writeFile(stackFile(), "config: {}\n");
    await execa("pulumi", ["stack", "init", "prod"], { cwd: directory, env });
    sealed.given = await seal(GIVEN);
    sealed.another = await seal({ [CHANGED]: ANOTHER });
    await configure();
  });

  after(() => vault.remove());

  it("can be previewed without a token, and says that the up needs one", async () => {
    const { code, text } = await pulumi(["preview"]);
    assert.equal(code, 0, text);
    assert.match(
      text,
      /warning: VAULT_TOKEN is not set, and Vault changes: kv engine secret, kv engine mirror, .* and \d+ more\. `pulumi up` needs it$/m,
    );
  });

  const refused: [what: string, token: () => Promise<string> | undefined, problem: RegExp][] = [
    [
      "without a token",
      () => undefined,
      /VAULT_TOKEN: is not set, and Vault changes: kv engine secret, .*; set it to the token that the ceremony makes/,
    ],
    [
      "with the root token",
      () => Promise.resolve(root),
      /VAULT_TOKEN: is a root token, which may do everything and does not expire; revoke it/,
    ],
    [
      "with a token that is none",
      () => Promise.resolve("hvs.none"),
      /VAULT_TOKEN: the Vault at https:\S+ does not accept it: it has expired, was revoked, is another Vault's, or may not even look itself up; have another one made/,
    ],
    ["with a token that will not last", () => newToken(["bootstrap"], "50s"), /VAULT_TOKEN: expires in \d+ s; have another one made/],
    [
      "with a token that may do too little",
      () => newToken(["store"]),
      /VAULT_TOKEN: may not go to `auth\/kubernetes\/role\/ameide-vault`, .*`secret\/metadata\/.*`sys\/mounts`, `sys\/policies\/acl\/ameide-vault`, .*; use one with the policy/,
    ],
  ];
  for (const [what, token, problem] of refused)
    it(`is refused ${what}, before anything is changed`, async () => {
      const { code, text } = await up(await token());
      assert.notEqual(code, 0);
      assert.match(text, problem);
      assert.match(text, /Vault: 1 problem, nothing was changed/);
      assert.doesNotMatch(text, /RandomId|created \(/);
    });

  it("is refused where something else is mounted", async () => {
    await api(root).write("sys/mounts/taken", { type: "kv", options: { version: "1" } });
    await configure({ vault: { mount: "taken" } });
    // With a policy that goes with that mount.
    const policy = bootstrapPolicy(wanted({ mount: "taken" }).owned);
    await api(root).write("sys/policies/acl/other", { policy }, "PUT");
    const { text } = await up(await newToken(["other"]));
    assert.match(text, /vault: Vault has an engine at taken\/ that is not kv, version 2; move it by hand/);
    await configure();
  });

  it("is refused before the ceremony has given everybody their rights, with a token that could not give them", async () => {
    const { code, text } = await up(await newToken(["bootstrap"]));
    assert.notEqual(code, 0);
    assert.match(
      text,
      /vault: is not as the ceremony leaves it for this stack: the kv engine secret; .*the role ameide-vault; .*--refresh-token/,
    );
    assert.equal(await api(root).read("sys/policies/acl/ameide-vault"), undefined);
    await giveRights();
  });

  it("is set up with a token that may do this and nothing else, and once it is, no token is needed", async () => {
    const token = await newToken(["bootstrap"]);
    const { code, text } = await up(token);
    assert.equal(code, 0, text);
    for (const again of [token, undefined]) assert.match((await up(again)).text, /^ {4}\d+ unchanged\n\nDuration/m);
    assert.match((await pulumi(["preview"])).text, /^ {4}\d+ unchanged$/m);
    // The provider's own word that everything is as the program wants it.
    assert.match((await pulumi(["up", "--yes", "--skip-preview", "--refresh"], token)).text, /^ {4}\d+ unchanged\n\nDuration/m);
    tokens.push(token);
  });

  it("holds what the program knows, character for character, and nothing of what others have to write", async () => {
    const read = async (path: string) =>
      ((await api(root).read(`secret/data/${path}`))?.data as { data: Record<string, string> } | undefined)?.data;
    assert.deepEqual(await read("inference/inference-api-credentials"), Object.fromEntries(KEYS.map((key) => [key, `${API_KEY} ${key}`])));
    const admin = await read("keycloak/keycloak-bootstrap-admin");
    assert.equal(admin?.username, "bootstrap-admin");
    assert.match(admin.password!, /^[A-Za-z0-9]{32}$/);
    assert.equal(await read("keycloak/keycloak-platform-client"), undefined);
    const { vault } = JSON.parse((await execa("pulumi", ["stack", "output", "--json"], { cwd: directory, env })).stdout) as {
      vault: { fromOutside: Record<string, object> };
    };
    assert.deepEqual(vault.fromOutside["keycloak/keycloak-platform-client"], {
      "client-id": "platform-app",
      "client-secret": "of the service",
    });
    assert.deepEqual(vault.fromOutside["shared/ghcr-token"], { token: "of a third party" });
    assert.equal("inference/inference-api-credentials" in vault.fromOutside, false);
    values.push(admin.password!);
  });

  it("is what the policies and roles say, as the bootstrap of dev makes it", async () => {
    const { policies, kubernetes } = wanted().rights;
    assert.deepEqual(Object.keys(policies), POLICIES);
    for (const [name, policy] of Object.entries(policies))
      assert.equal(((await api(root).read(`sys/policies/acl/${name}`))?.data as { policy: string }).policy, policy);
    for (const [name, role] of Object.entries(kubernetes.roles)) {
      const { data } = (await api(root).read(`auth/kubernetes/role/${name}`)) as { data: Record<string, unknown> };
      assert.deepEqual(
        [
          data.bound_service_account_names,
          data.bound_service_account_namespaces,
          data.audience,
          data.token_policies,
          data.token_ttl,
          data.token_max_ttl,
          data.token_no_default_policy,
        ],
        [role.serviceAccounts, role.namespaces, role.audience, role.policies, role.ttlSeconds, role.ttlSeconds, true],
      );
    }
    for (const mount of ["secret", "mirror"]) {
      const { data } = (await api(root).read(`${mount}/config`)) as { data: { cas_required: boolean; max_versions: number } };
      assert.deepEqual([data.cas_required, data.max_versions], mount === "mirror" ? [true, 1] : [false, 0]);
    }
    const { data } = (await api(root).read("auth/kubernetes/config")) as { data: Record<string, unknown> };
    assert.deepEqual([data.kubernetes_host, data.disable_local_ca_jwt], ["https://kubernetes.default.svc", true]);
  });

  it("takes another value from a third party, with a token only", async () => {
    await configure({ values: sealed.another });
    assert.match(
      (await pulumi(["preview"])).text,
      /VAULT_TOKEN is not set, and Vault changes: fixture inference\/inference-api-credentials\. /,
    );
    assert.match((await up()).text, /VAULT_TOKEN: is not set, and Vault changes: fixture inference\/inference-api-credentials;/);
    assert.match((await up(tokens[0])).text, /^ {4}~ 1 updated$/m);
    assert.match((await up()).text, /^ {4}\d+ unchanged\n\nDuration/m);
  });

  it("loses nothing when something is not wanted any more", async () => {
    await configure({ vault: { mirror: { mode: "none" } }, values: {} });
    const { code, text } = await up();
    assert.equal(code, 0, text);
    // Not from Vault, that is: the state forgets it.
    assert.match(text, /^ {4}- 1 deleted$/m);
    for (const path of [
      "sys/policies/acl/ameide-vault-mirror",
      "auth/kubernetes/role/ameide-vault-mirror",
      "sys/mounts/mirror",
      "secret/data/inference/inference-api-credentials",
    ])
      assert.notEqual(await api(root).read(path), undefined, path);
    await configure();
    assert.equal((await up(tokens[0])).code, 0);
  });

  it("is put right after a change by hand: a fixture by the token, and never with whatever token lies about", async () => {
    const fixture = "keycloak/keycloak-bootstrap-admin";
    assert.equal((await vault.ask(root)("DELETE", `/v1/secret/metadata/${fixture}`)).status, 204);
    assert.equal((await pulumi(["refresh", "--yes", "--skip-preview"], tokens[0])).code, 0);
    const { code, text } = await up();
    assert.notEqual(code, 0);
    assert.match(text, /VAULT_TOKEN is not set, and this changes in Vault; set it to the token that the ceremony makes/);
    assert.equal((await up(tokens[0])).code, 0);
    assert.notEqual(await api(root).read(`secret/data/${fixture}`), undefined);
  });

  it("is not gone on with after a right was changed by hand, which takes the ceremony", async () => {
    await api(root).write("sys/policies/acl/ameide-vault", { policy: 'path "secret/data/*" { capabilities = ["read"] }' }, "PUT");
    const { code, text } = await up(tokens[0]);
    assert.notEqual(code, 0);
    assert.match(text, /vault: is not as the ceremony leaves it for this stack: the policy ameide-vault; /);
    await giveRights();
    assert.match((await up(tokens[0])).text, /^ {4}\d+ unchanged\n\nDuration/m);
  });

  it("is written anew, with the same values for what the file has, by a state that knows nothing of it", async () => {
    const { stdout } = await execa("pulumi", ["stack", "export"], { cwd: directory, env });
    const empty = JSON.stringify({ ...(JSON.parse(stdout) as object), deployment: {} });
    await execa("pulumi", ["stack", "import"], { cwd: directory, env, input: empty });
    const { code, text } = await up(tokens[0]);
    assert.equal(code, 0, text);
    assert.match((await up()).text, /^ {4}\d+ unchanged\n\nDuration/m);
  });

  it("keeps tokens and values out of states and outputs", async () => {
    const files = await fs.readdir(at("state"), { recursive: true, withFileTypes: true });
    const states = files.filter((file) => file.isFile()).map((file) => fs.readFile(path.join(file.parentPath, file.name), "utf8"));
    const { stdout } = await execa("pulumi", ["stack", "export", "--show-secrets"], { cwd: directory, env });
    // It shows secrets indeed.
    assert.ok(stdout.includes("sk-"));
    for (const token of [...tokens, root]) assert.equal(stdout.includes(token), false);
    for (const text of [...transcript, ...(await Promise.all(states))])
      for (const secret of [...tokens, root, ...values, "sk-<a>", ANOTHER, `sk-\\u003ca`]) assert.equal(text.includes(secret), false);
  });
});
