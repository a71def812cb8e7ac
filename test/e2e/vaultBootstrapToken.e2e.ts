import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { ensurePulumi } from "../../lab/toolchain";
import { BOOTSTRAP } from "../../cli/ceremony/policy";
import { readSettings } from "../../cli/ceremony/settings";
import type { StackRights } from "../../cli/ceremony/rights";
import { strangersIn } from "../../cli/ceremony/strangers";
import { askVault } from "../../preflight/vaultToken";
import { vaultApi } from "../../vault/bootstrap/vaultApi";
import { quiet } from "../support/quiet";
import { Ceremony } from "./support/ceremony";
import { ROOT } from "./support/commands";

const VALUE = "value-of-the-fixture";
const FIXTURE = "keycloak/keycloak-bootstrap-admin";

/** What a stack writes into Vault, and takes out of its state again. */
const PROGRAM = `
const vault = require("@pulumi/vault");
const pulumi = require("@pulumi/pulumi");
const { address, ca, fixtures } = new pulumi.Config().requireObject("options");
const options = { provider: new vault.Provider("vault", { address, caCertFile: ca, skipChildToken: true }), retainOnDelete: true };
for (const [name, value] of Object.entries(fixtures))
  new vault.kv.SecretV2(name, { mount: "secret", name, dataJson: pulumi.secret(JSON.stringify({ password: value })) }, options);
`;

const ALL = { policy: 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }' };
const ANYBODY = { bound_service_account_names: ["*"], bound_service_account_namespaces: ["*"], audience: "vault" };

/** How a token could become more than it is: rights for others, or for itself later on. */
const GROWTH: readonly (readonly [method: string, question: string, body?: object])[] = [
  // Roles: another one, and one of the stack's for other policies, for longer, for anybody.
  ["POST", "auth/kubernetes/role/backdoor", { ...ANYBODY, token_policies: ["cnpg-credentials-bootstrap"], token_ttl: "768h" }],
  ["POST", "auth/kubernetes/role/ameide-vault", { ...ANYBODY, token_policies: ["ameide-vault-mirror"] }],
  ["POST", "auth/kubernetes/role/ameide-vault", { token_policies: ["ameide-vault", "cnpg-credentials-bootstrap"] }],
  ["POST", "auth/kubernetes/role/ameide-vault.argocd", { bound_service_account_namespaces: ["*"] }],
  ["DELETE", "auth/kubernetes/role/ameide-vault"],
  ["POST", "auth/kubernetes/role", {}],
  // Policies of those that log in, and all the other ways to write one.
  ["PUT", "sys/policies/acl/ameide-vault", ALL],
  ["PUT", "sys/policies/acl/ameide-vault.argocd", ALL],
  ["PUT", "sys/policies/acl/ameide-vault-mirror-reader", ALL],
  ["DELETE", "sys/policies/acl/ameide-vault"],
  ["PUT", "sys/policy/ameide-vault", ALL],
  ["PUT", "sys/policies/password/any", { policy: "length = 1" }],
  ["PUT", "sys/policies/rgp/ameide-vault", ALL],
  // Whom Vault believes: an API server that says yes to every token.
  ["POST", "auth/kubernetes/config", { kubernetes_host: "https://evil.example" }],
  ["POST", "sys/auth/kubernetes", { type: "kubernetes" }],
  ["POST", "sys/auth/kubernetes/tune", { token_type: "batch", max_lease_ttl: "8760h" }],
  ["POST", "sys/mounts/auth/kubernetes/tune", { max_lease_ttl: "8760h" }],
  // The audit device writes hashes: a tuned engine has it write values, for whoever reads logs.
  ["POST", "sys/mounts/secret/tune", { audit_non_hmac_response_keys: ["data"] }],
  ["POST", "sys/mounts/mirror/tune", { audit_non_hmac_request_keys: ["data"], passthrough_request_headers: ["X-Vault-Token"] }],
  ["POST", "sys/mounts/auth/kubernetes/tune", { audit_non_hmac_request_keys: ["jwt"] }],
  ["PUT", "sys/config/auditing/request-headers/X-Vault-Token", { hmac: false }],
  // What the engines keep, and for how long: every version of every copy, or nothing at all.
  ["POST", "mirror/config", { max_versions: 100, cas_required: false }],
  ["POST", "secret/config", { delete_version_after: "1s" }],
  ["POST", "sys/mounts/secret", { type: "ssh" }],
  // Identity and root by other doors.
  ["POST", "identity/group", { name: "any", policies: ["root"] }],
  ["POST", "identity/entity-alias", { name: "any" }],
  ["PUT", "sys/generate-root/attempt", {}],
  ["POST", "auth/token/create", { policies: ["cnpg-credentials-bootstrap"], ttl: "768h" }],
  ["POST", "auth/token/roles/any", { orphan: true, allowed_policies: ["*"] }],
  ["POST", "sys/namespaces/any", {}],
  ["PUT", "sys/quotas/rate-limit/any", { rate: 1 }],
];
/** What a Vault gives to everybody who reaches it, unless its version or its configuration says otherwise. */
const EVERYBODYS = ["sys/generate-root/attempt"];
/** Of Vault Enterprise only: the community's has no such path, and says so. */
const ENTERPRISE = ["sys/policies/rgp/ameide-vault", "sys/namespaces/any"];

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
  ["DELETE", "sys/mounts/secret"],
  ["DELETE", "sys/mounts/mirror"],
  ["POST", "sys/mounts/another", { type: "kv" }],
  ["POST", "sys/remount", { from: "secret", to: "gone" }],
  ["DELETE", "sys/auth/kubernetes"],
  ["POST", "sys/auth/userpass", { type: "userpass" }],
  ["POST", "auth/userpass/users/any", { password: "any" }],
  // Copies of databases' credentials, versions of fixtures, other engines.
  ["GET", "mirror/data/dev/ameide-dev/platform-db-credentials"],
  ["POST", "mirror/data/dev/ameide-dev/platform-db-credentials", { data: { password: "any" } }],
  ["GET", "mirror/metadata/dev?list=true"],
  // A fixture that a service writes itself, one that is nobody's, all versions of one that is the token's.
  ["GET", "secret/data/keycloak/keycloak-platform-client"],
  ["POST", "secret/data/keycloak/keycloak-platform-client", { data: { "client-secret": "any" } }],
  ["POST", "secret/data/shop/one", { data: {} }],
  ["DELETE", `secret/data/${FIXTURE}`],
  ["DELETE", `secret/metadata/${FIXTURE}`],
  ["PUT", `secret/destroy/${FIXTURE}`, { versions: [1] }],
  ["PUT", `secret/delete/${FIXTURE}`, { versions: [1] }],
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
  let wanted: StackRights;

  before(async () => {
    ceremony = await Ceremony.prepare();
    await ceremony.initialise();
    const root = await ceremony.rootToken();
    await ceremony.expect(0, [], { input: root });
    token = await ceremony.bootstrapToken();
    const { settings } = await readSettings({ stack: "staging", address: ceremony.vault.address, output: "text" }, ceremony.desk);
    wanted = settings.rights!;
  });

  afterEach(async () => assert.deepEqual(await ceremony.leaks(), []));
  after(() => ceremony.remove());

  it("finds Vault as the stack wants it, before anything is written", async () => {
    const { plugin: _, ...kubernetes } = wanted.rights.kubernetes;
    const { mount: fixtureMount, fixtures } = wanted.owned;
    const questions = { rights: { ...wanted.rights, kubernetes }, fixtureMount, fixtures };
    assert.deepEqual(await askVault(ceremony.vault.ask(token), ceremony.vault.address, questions), []);
    const another = { ...questions, rights: { ...questions.rights, policies: { ...wanted.rights.policies, "ameide-vault": "" } } };
    assert.match(JSON.stringify(await askVault(ceremony.vault.ask(token), ceremony.vault.address, another)), /: the policy ameide-vault/);
    assert.deepEqual(await strangersIn(vaultApi(ceremony.vault.ask(token)), wanted.rights), []);
  });

  it("lets Pulumi's provider write every fixture of the stack, change one, and find it as it is, and is in no state and no output", async () => {
    const at = (file: string) => path.join(ceremony.vault.directory, "program", file);
    await fs.mkdir(at("state"), { recursive: true });
    await fs.symlink(path.join(ROOT, "node_modules"), at("node_modules"));
    const paths = wanted.owned.fixtures;
    const stack = (changes: Readonly<Record<string, string>>) => {
      const fixtures = { ...Object.fromEntries(paths.map((one) => [one, VALUE])), ...changes };
      const options = { address: ceremony.vault.address, ca: ceremony.target.ca, fixtures };
      return fs.writeFile(at("Pulumi.dev.yaml"), JSON.stringify({ config: { "provider:options": options } }));
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
    // With the stack and the provider.
    assert.match(await pulumi(...up), new RegExp(`^ {4}\\+ ${paths.length + 2} created$`, "m"));
    assert.match(await pulumi(...up, "--refresh"), new RegExp(`^ {4}${paths.length + 2} unchanged$`, "m"));
    await stack({ [FIXTURE]: `${VALUE} anew` });
    assert.match(await pulumi(...up), /^ {4}~ 1 updated$/m);
    assert.match(await pulumi(...up, "--refresh"), new RegExp(`^ {4}${paths.length + 2} unchanged$`, "m"));
    const { body } = await ceremony.vault.ask(token)("GET", `/v1/secret/data/${FIXTURE}`);
    assert.deepEqual((body as { data: { data: object } }).data.data, { password: `${VALUE} anew` });
    const state = await fs.readFile(at("state/.pulumi/stacks/provider/dev.json"), "utf8");
    for (const text of [state, ...ceremony.transcript]) assert.equal(text.includes(VALUE), false);
  });

  for (const [method, question, body] of DENIED)
    it(`may not ${method} ${question}`, async () => {
      const answer = await ceremony.vault.ask(token)(method, `/v1/${question}`, body);
      assert.equal(answer.status, 403, JSON.stringify(answer.body));
      assert.match(JSON.stringify(answer.body), /permission denied/);
    });

  for (const [method, question, body] of GROWTH.filter(([, question]) => !EVERYBODYS.includes(question)))
    it(`does not grow by ${method} ${question} ${JSON.stringify(body ?? {})}`, async () => {
      const answer = await ceremony.vault.ask(token)(method, `/v1/${question}`, body);
      const refused = ENTERPRISE.includes(question) ? [403, 404] : [403];
      assert.ok(refused.includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
    });

  it("is not needed for what everybody may ask, and gets no more of it", async () => {
    const asked = (as?: string) => ceremony.vault.ask(as)("GET", "/v1/sys/generate-root/attempt");
    assert.equal((await asked(token)).status, (await asked()).status);
  });

  it("has no rule that was not needed for that", async () => {
    const log = await fs.readFile(path.join(ceremony.vault.directory, "vault.log"), "utf8");
    const entries = log
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Audited);
    const used = entries
      .filter(({ type, error, auth }) => type === "response" && !error && auth?.policies?.join() === BOOTSTRAP)
      // Lists are of what is below.
      .map(({ request }) => request.path.replace(/\/$/, ""));
    const policy = (await ceremony.expect(0, ["--show", "policy"])).stdout;
    const rules = [...policy.matchAll(/^path "(.*)" \{$/gm)].map(([, rule]) => rule!);
    assert.ok(rules.length > 10);
    const unused = rules.filter((rule) => !used.includes(rule));
    assert.deepEqual(unused, ["auth/token/revoke-self"]);
  });

  it("is the end of itself, when told so", async () => {
    assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), 200);
    assert.equal(await ceremony.status(token, "POST", "auth/token/revoke-self", {}), 204);
    assert.equal(await ceremony.status(token, "GET", "auth/token/lookup-self"), 403);
  });
});
