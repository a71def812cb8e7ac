import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { ensurePulumi } from "../../lab/toolchain";
import { storePolicy } from "../../vault/policies";
import { quiet } from "../support/quiet";
import { open, startVault, type VaultServer } from "../support/vaultServer";
import { ROOT } from "./support/commands";

const VALUE = "value-of-the-fixture";

/** Each kind of resource that the provider is built with. */
const PROGRAM = `
const vault = require("@pulumi/vault");
const pulumi = require("@pulumi/pulumi");
const { address, ca, policy, audit } = new pulumi.Config().requireObject("options");
const provider = new vault.Provider("vault", { address, caCertFile: ca, skipChildToken: true });
const device = new vault.Audit("audit", { type: "file", options: { file_path: audit } }, { provider });
// While an audit device is being enabled, Vault does what it is asked and answers with an error all the same.
const options = { provider, dependsOn: device };
const mount = new vault.Mount("secret", { path: "secret", type: "kv", options: { version: "2" } }, options);
const config = new vault.kv.SecretBackendV2("config", { mount: mount.path, maxVersions: 5 }, options);
new vault.kv.SecretV2("fixture", { mount: mount.path, name: "shop/shop-login", dataJson: pulumi.secret('{"password":"${VALUE}"}') }, { provider, dependsOn: config });
new vault.Policy("store", { name: "store", policy }, options);
const backend = new vault.AuthBackend("kubernetes", { type: "kubernetes" }, options).path;
new vault.kubernetes.AuthBackendConfig("kubernetes", { backend, kubernetesHost: "https://kubernetes.default.svc", disableLocalCaJwt: true, kubernetesCaCert: require("node:fs").readFileSync(ca, "utf8") }, options);
new vault.kubernetes.AuthBackendRole("store", { backend, roleName: "store", boundServiceAccountNames: ["ameide-vault"], boundServiceAccountNamespaces: ["vault"], audience: "vault", tokenPolicies: ["store"], tokenTtl: 600 }, options);
`;

describe("Pulumi's provider for Vault, as it is built here", () => {
  let vault: VaultServer;
  let token: string;

  before(async () => {
    vault = await startVault();
    const { rootToken, api } = await open(vault);
    token = rootToken;
    await api.write("sys/plugins/catalog/auth/kubernetes", vault.plugin, "PUT");
  });

  after(() => vault.remove());

  it("makes each kind of resource, changes nothing the second time, and keeps token and values out of state and output", async () => {
    const at = (file: string) => path.join(vault.directory, "program", file);
    await fs.mkdir(at("state"), { recursive: true });
    await fs.symlink(path.join(ROOT, "node_modules"), at("node_modules"));
    const options = {
      address: vault.address,
      ca: at("ca.pem"),
      policy: storePolicy("secret", ["shop/shop-login"]),
      audit: path.join(vault.directory, "audit.log"),
    };
    const files = {
      "ca.pem": vault.ca,
      "index.js": PROGRAM,
      "package.json": '{ "main": "index.js" }',
      "Pulumi.yaml": "{ name: provider, runtime: nodejs }",
      "Pulumi.dev.yaml": JSON.stringify({ config: { "provider:options": options } }),
    };
    for (const [file, content] of Object.entries(files)) await fs.writeFile(at(file), content);
    const env = {
      ...(await ensurePulumi(quiet, ["vault"])),
      PULUMI_BACKEND_URL: `file://${at("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "of the test",
      VAULT_TOKEN: token,
    };
    const pulumi = async (...args: string[]) => (await execa("pulumi", args, { cwd: at("."), env, all: true })).all;
    await pulumi("stack", "init", "dev");
    const up = ["up", "--yes", "--skip-preview", "--non-interactive", "--color=never"];
    const output = [await pulumi(...up), await pulumi(...up)];
    assert.match(output[0]!, /^ {4}\+ 10 created$/m);
    assert.match(output[1]!, /^ {4}10 unchanged$/m);

    const { body } = await vault.ask(token)("GET", "/v1/secret/data/shop/shop-login");
    assert.deepEqual((body as { data: { data: object } }).data.data, { password: VALUE });
    const state = await fs.readFile(at("state/.pulumi/stacks/provider/dev.json"), "utf8");
    for (const secret of [token, VALUE]) for (const text of [...output, state]) assert.equal(text.includes(secret), false);
  });
});
