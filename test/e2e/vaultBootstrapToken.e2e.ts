import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { ensurePulumi } from "../../lab/toolchain";
import { BOOTSTRAP } from "../../cli/ceremony/policy";
import { vaultAccess } from "../../vault/access";
import { quiet } from "../support/quiet";
import { EXISTING, vaultConfig } from "../support/vaults";
import { Ceremony } from "./support/ceremony";
import { ROOT } from "./support/commands";

const VALUE = "value-of-the-fixture";

/** What a stack sets up in Vault. Engines and authentication are protected: the token cannot remove them. */
const PROGRAM = `
const vault = require("@pulumi/vault");
const pulumi = require("@pulumi/pulumi");
const { address, ca, policies, roles, ttl, fixtures } = new pulumi.Config().requireObject("options");
const provider = new vault.Provider("vault", { address, caCertFile: ca, skipChildToken: true });
const options = { provider };
const kept = { provider, retainOnDelete: true };
const mount = new vault.Mount("secret", { path: "secret", type: "kv", options: { version: "2" }, description: "fetched " + ttl }, kept);
const mirror = new vault.Mount("mirror", { path: "mirror", type: "kv", options: { version: "2" }, description: "copies " + ttl }, kept);
new vault.kv.SecretBackendV2("config", { mount: mount.path, maxVersions: ttl }, kept);
new vault.kv.SecretBackendV2("mirror-config", { mount: mirror.path, casRequired: true }, kept);
for (const [name, value] of Object.entries(fixtures)) new vault.kv.SecretV2(name, { mount: mount.path, name: "shop/" + name, dataJson: pulumi.secret(JSON.stringify({ password: value })), customMetadata: { maxVersions: 7 } }, options);
for (const [name, policy] of Object.entries(policies)) new vault.Policy(name, { name, policy }, options);
const backend = new vault.AuthBackend("kubernetes", { type: "kubernetes", description: "of the cluster " + ttl }, kept).path;
new vault.kubernetes.AuthBackendConfig("kubernetes", { backend, kubernetesHost: "https://kubernetes.default.svc", disableLocalCaJwt: true, kubernetesCaCert: require("node:fs").readFileSync(ca, "utf8") }, kept);
for (const name of roles) new vault.kubernetes.AuthBackendRole(name, { backend, roleName: name, boundServiceAccountNames: [name], boundServiceAccountNamespaces: ["vault"], audience: "vault", tokenPolicies: [name], tokenTtl: 60 * ttl }, options);
`;

/** What the token may not do: method, path, body. */
const DENIED: readonly (readonly [method: string, question: string, body?: object])[] = [
  // Policies: its own, and everybody else's.
  ["GET", "sys/policies/acl/cnpg-credentials-bootstrap"],
  ["PUT", "sys/policies/acl/cnpg-credentials-bootstrap", { policy: 'path "*" { capabilities = ["sudo"] }' }],
  ["DELETE", "sys/policies/acl/cnpg-credentials-bootstrap"],
  ["PUT", "sys/policy/cnpg-credentials-bootstrap", { policy: 'path "*" { capabilities = ["sudo"] }' }],
  ["PUT", "sys/policies/acl/another", { policy: 'path "*" { capabilities = ["sudo"] }' }],
  ["PUT", "sys/policies/acl/ameide-vault-more", { policy: "" }],
  ["PUT", "sys/policies/acl/default", { policy: "" }],
  ["GET", "sys/policies/acl?list=true"],
  // Tokens.
  ["POST", "auth/token/create", {}],
  ["POST", "auth/token/create", { policies: ["root"] }],
  ["POST", "auth/token/create-orphan", {}],
  ["POST", "auth/token/create/any", {}],
  ["POST", "auth/token/roles/any", {}],
  ["POST", "auth/token/renew-self", {}],
  ["POST", "auth/token/lookup-accessor", { accessor: "any" }],
  ["POST", "auth/token/revoke-accessor", { accessor: "any" }],
  ["GET", "auth/token/accessors?list=true"],
  // Engines and authentication: nothing that takes away, nothing that is not the stack's.
  ["GET", "sys/mounts"],
  ["DELETE", "sys/mounts/secret"],
  ["DELETE", "sys/mounts/mirror"],
  ["POST", "sys/mounts/another", { type: "kv" }],
  ["POST", "sys/remount", { from: "secret", to: "gone" }],
  ["GET", "sys/auth"],
  ["DELETE", "sys/auth/kubernetes"],
  ["POST", "sys/auth/userpass", { type: "userpass" }],
  ["POST", "auth/userpass/users/any", { password: "any" }],
  // Copies of databases' credentials, versions of fixtures, other engines.
  ["GET", "mirror/data/dev/ameide-dev/platform-db-credentials"],
  ["POST", "mirror/data/dev/ameide-dev/platform-db-credentials", { data: { password: "any" } }],
  ["GET", "mirror/metadata/dev?list=true"],
  ["DELETE", "secret/metadata/shop/one"],
  ["PUT", "secret/destroy/shop/one", { versions: [1] }],
  ["GET", "secret/metadata/?list=true"],
  ["GET", "cubbyhole/any"],
  ["POST", "identity/entity", { name: "any" }],
  // Audit, seal, storage, plugins and what else is root's.
  ["GET", "sys/audit"],
  ["PUT", "sys/audit/another", { type: "file", options: { file_path: "stdout" } }],
  ["DELETE", "sys/audit/file"],
  ["PUT", "sys/seal", {}],
  ["PUT", "sys/step-down", {}],
  ["PUT", "sys/rotate", {}],
  ["GET", "sys/storage/raft/snapshot"],
  ["GET", "sys/storage/raft/configuration"],
  ["POST", "sys/storage/raft/remove-peer", { server_id: "any" }],
  ["PUT", "sys/plugins/catalog/auth/any", { command: "any", sha256: "00" }],
  ["GET", "sys/config/cors"],
  ["POST", "sys/leases/revoke-prefix/auth"],
  ["POST", "sys/capabilities-self", { paths: ["sys"] }],
  ["POST", "sys/wrapping/wrap", { any: "any" }],
];

/** A line of Vault's audit device, as far as it is looked at. */
interface Audited {
  readonly type: "request" | "response";
  readonly error?: string;
  readonly auth?: { readonly policies?: readonly string[] };
  readonly request: { readonly path: string };
}

describe("the bootstrap token that a ceremony makes", () => {
  let ceremony: Ceremony;
  let token: string;

  before(async () => {
    ceremony = await Ceremony.prepare();
    await ceremony.initialise();
    const root = await ceremony.rootToken();
    // This build of Vault has Kubernetes authentication as a plugin, which only the root may register.
    const { plugin } = ceremony.vault;
    assert.equal(await ceremony.status(root, "PUT", "sys/plugins/catalog/auth/kubernetes", plugin), 204);
    await ceremony.expect(0, [], { input: root });
    token = await ceremony.bootstrapToken();
  });

  afterEach(async () => assert.deepEqual(await ceremony.leaks(), []));
  after(() => ceremony.remove());

  it("lets Pulumi's provider set Vault up, change it, and find it as it is, and is in no state and no output", async () => {
    const at = (file: string) => path.join(ceremony.vault.directory, "program", file);
    await fs.mkdir(at("state"), { recursive: true });
    await fs.symlink(path.join(ROOT, "node_modules"), at("node_modules"));
    const access = vaultAccess(vaultConfig({ ...EXISTING, mirror: { mode: "push" } }), "staging", "ameide-staging");
    const stack = (changes: object) => {
      const options = {
        ...{ address: ceremony.vault.address, ca: ceremony.target.ca, roles: Object.keys(access.roles), ttl: 5 },
        policies: access.policies,
        fixtures: { one: VALUE, two: VALUE },
      };
      return fs.writeFile(at("Pulumi.dev.yaml"), JSON.stringify({ config: { "provider:options": { ...options, ...changes } } }));
    };
    const files = { "index.js": PROGRAM, "package.json": '{ "main": "index.js" }', "Pulumi.yaml": "{ name: provider, runtime: nodejs }" };
    for (const [file, content] of Object.entries(files)) await fs.writeFile(at(file), content);
    const env = {
      ...(await ensurePulumi(quiet, ["vault"])),
      PULUMI_BACKEND_URL: `file://${at("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "of the test",
      VAULT_TOKEN: token,
    };
    const pulumi = async (...args: string[]) => {
      const { all, exitCode } = await execa("pulumi", args, { cwd: at("."), env, all: true, reject: false });
      ceremony.transcript.push(all);
      assert.equal(exitCode, 0, all);
      return all;
    };
    await stack({});
    await pulumi("stack", "init", "dev");
    const up = ["up", "--yes", "--skip-preview", "--non-interactive", "--color=never"];
    assert.match(await pulumi(...up), /^ {4}\+ 16 created$/m);
    assert.match(await pulumi(...up, "--refresh"), /^ {4}16 unchanged$/m);
    await stack({
      ...{ ttl: 6, roles: ["ameide-vault"], fixtures: { one: `${VALUE} anew` } },
      policies: { "ameide-vault": `${access.policies["ameide-vault"]}\npath "shared" { capabilities = ["read"] }` },
    });
    const changed = await pulumi(...up);
    assert.match(changed, /^ {4}~ 7 updated$/m);
    assert.match(changed, /^ {4}- 5 deleted$/m);
    assert.match(await pulumi(...up, "--refresh"), /^ {4}11 unchanged$/m);
    const { body } = await ceremony.vault.ask(token)("GET", "/v1/secret/data/shop/one");
    assert.deepEqual((body as { data: { data: object } }).data.data, { password: `${VALUE} anew` });
    assert.equal(await ceremony.status(token, "GET", "auth/kubernetes/role/ameide-vault-mirror"), 404);
    const state = await fs.readFile(at("state/.pulumi/stacks/provider/dev.json"), "utf8");
    for (const text of [state, ...ceremony.transcript]) assert.equal(text.includes(VALUE), false);
  });

  for (const [method, question, body] of DENIED)
    it(`may not ${method} ${question}`, async () => {
      const answer = await ceremony.vault.ask(token)(method, `/v1/${question}`, body);
      assert.equal(answer.status, 403, JSON.stringify(answer.body));
      assert.match(JSON.stringify(answer.body), /permission denied/);
    });

  it("has no rule that was not needed for that", async () => {
    const log = await fs.readFile(path.join(ceremony.vault.directory, "vault.log"), "utf8");
    const entries = log
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Audited);
    const used = entries
      .filter(({ type, error, auth }) => type === "response" && !error && auth?.policies?.join() === BOOTSTRAP)
      .map(({ request }) => request.path);
    const policy = (await ceremony.expect(0, ["--show", "policy"])).stdout;
    const rules = [...policy.matchAll(/^path "(.*)" \{$/gm)].map(([, rule]) => rule!);
    assert.ok(rules.length > 10);
    const unused = rules.filter((rule) => !used.some((one) => (rule.endsWith("*") ? one.startsWith(rule.slice(0, -1)) : one === rule)));
    assert.deepEqual(unused, ["auth/token/revoke-self"]);
  });

  it("is the end of itself, when told so", async () => {
    assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), 200);
    assert.equal(await ceremony.status(token, "POST", "auth/token/revoke-self", {}), 204);
    assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), 403);
  });
});
