import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Secret } from "../../vault/bootstrap/kubeApi";
import { run } from "../../vault/bootstrap/run";
import { vaultApi } from "../../vault/bootstrap/vaultApi";
import { startGate } from "../support/gate";
import { startVault } from "../support/vaultServer";
import { BootstrapDesk, SECRET } from "./support/bootstrapDesk";

const [GIVEN, INITIAL] = ["inference/inference-api-credentials", "keycloak/platform-client"] as const;
/** It runs every minute, for ever: what it may ask then. */
const MOST_QUESTIONS = { vault: 24, kubernetes: 2 };

describe("the dev bootstrap and a real Vault", () => {
  let desk: BootstrapDesk;

  before(async () => void (desk = await BootstrapDesk.prepare()));
  afterEach(() => desk.check());
  after(() => desk.remove());

  it("initialises, unseals, configures and writes the fixtures; a second run writes nothing", async () => {
    await desk.empty();
    const { changed } = await desk.bootstrap();
    assert.deepEqual(changed.slice(0, 9), [
      "initialised Vault",
      "unsealed Vault",
      "enabled the audit device file",
      "enabled the kv engine secret",
      "enabled the kv engine mirror",
      "set check-and-set of mirror to true",
      "registered the plugin for Kubernetes authentication",
      "enabled Kubernetes authentication at kubernetes",
      "configured Kubernetes authentication",
    ]);
    assert.deepEqual(changed.slice(9, 11), ["wrote the policy read-fixtures", "wrote the role external-secrets"]);
    assert.deepEqual(changed.slice(11).sort(), [
      "wrote secret/inference/inference-api-credentials: OPENAI_API_KEY, LANGSMITH_API_KEY",
      "wrote secret/keycloak/platform-client: client-secret",
    ]);
    await desk.assertConverged();
  });

  it("only reads, and little, where everything is as it should be", async () => {
    await desk.configured();
    const { vault, kube } = desk;
    const gate = await startGate(vault.address, vault.ca);
    try {
      const before = kube.asked.length;
      gate.open();
      const { changed, requests } = await run(desk.options(gate));
      assert.deepEqual(changed, []);
      const asked = {
        vault: gate.questions.map(({ question }) => question),
        kubernetes: kube.asked.slice(before).map(({ question }) => question),
      };
      for (const [whom, most] of Object.entries(MOST_QUESTIONS) as [keyof typeof asked, number][]) {
        assert.deepEqual(
          asked[whom].filter((question) => !question.startsWith("GET ")),
          [],
        );
        assert.equal(requests[whom], asked[whom].length, asked[whom].join(", "));
        assert.ok(asked[whom].length <= most, `${asked[whom].length} questions, not ${most}: ${asked[whom].join(", ")}`);
      }
    } finally {
      gate.close();
    }
  });

  it("writes what has changed and keeps what others wrote", async () => {
    await desk.configured();
    const write = (name: string, data: object) => desk.ask("POST", `/v1/secret/data/${name}`, { data });
    await write(GIVEN, { OPENAI_API_KEY: "by hand", LANGSMITH_API_KEY: "value-of-langsmith", more: "by hand" });
    await write(INITIAL, { "client-secret": "of Keycloak" });
    const { version } = await desk.fixture(INITIAL);
    assert.deepEqual((await desk.bootstrap()).changed, [`wrote secret/${GIVEN}: OPENAI_API_KEY`]);
    assert.deepEqual((await desk.fixture(GIVEN)).values, { ...desk.values(GIVEN), more: "by hand" });
    assert.deepEqual(await desk.fixture(INITIAL), { version, values: { "client-secret": "of Keycloak" } });
    // Deleted: made again, as the version after.
    for (const name of [GIVEN, INITIAL]) await desk.ask("DELETE", `/v1/secret/data/${name}`);
    assert.deepEqual([...(await desk.bootstrap()).changed].sort(), [
      `wrote secret/${GIVEN}: OPENAI_API_KEY, LANGSMITH_API_KEY`,
      `wrote secret/${INITIAL}: client-secret`,
    ]);
    assert.deepEqual(await desk.fixture(INITIAL), { version: version + 1, values: { "client-secret": "value-of-client" } });
    await desk.assertConverged();
  });

  it("reverts configuration that was changed by hand", async () => {
    await desk.configured();
    await desk.ask("PUT", "/v1/sys/policies/acl/read-fixtures", { policy: 'path "*" { capabilities = ["sudo"] }' });
    await desk.ask("POST", "/v1/auth/kubernetes/role/external-secrets", { bound_service_account_namespaces: ["*"] });
    assert.deepEqual((await desk.bootstrap()).changed, ["wrote the policy read-fixtures", "wrote the role external-secrets"]);
    await desk.assertConverged();
  });

  it("unseals after a restart", async () => {
    await desk.configured();
    await desk.vault.restart();
    assert.deepEqual((await desk.bootstrap()).changed, ["unsealed Vault"]);
    await desk.assertConverged();
  });

  it("runs as a bundle under plain Node", async () => {
    await desk.configured();
    await desk.ask("DELETE", "/v1/sys/policies/acl/read-fixtures");
    const { code, output } = await (await desk.start()).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^Vault is as configured: 1 changes \(\d+ requests to Vault, \d+ to Kubernetes, [\d.]+ s of CPU\)$/m);
    assert.match(
      (await (await desk.start()).ended).output,
      /^Vault is as configured: nothing to do \(\d+ requests to Vault, \d+ to Kubernetes, [\d.]+ s of CPU\)$/m,
    );
  });

  it("says that the Secret is lost, changes nothing, and goes on when it is restored", async () => {
    await desk.configured();
    const { kube, vault } = desk;
    const secret = kube.secrets[SECRET]!;
    kube.secrets = {};
    await assert.rejects(
      desk.bootstrap(),
      /is initialised, but the Secret vault-auto-credentials, .* Vault keeps its data and is unsealed/,
    );
    await vault.restart();
    await assert.rejects(desk.bootstrap(), /is sealed: nobody can read it\. Nothing was changed\nRemedy: restore the Secret from a copy/);
    assert.deepEqual(kube.secrets, {});
    kube.secrets = { [SECRET]: secret };
    assert.deepEqual((await desk.bootstrap()).changed, ["unsealed Vault"]);
    await desk.assertConverged();
  });

  it("refuses a Vault that a key service unseals, here another Vault's transit engine", async () => {
    await desk.configured();
    const { kube, vault } = desk;
    const api = vaultApi(desk.ask);
    await api.write("sys/mounts/transit", { type: "transit" });
    await api.write("transit/keys/unseal", {});
    const ca = path.join(vault.directory, "ca.pem");
    await fs.writeFile(ca, vault.ca);
    const sealed = await startVault(`seal "transit" {
      address = "${vault.address}"
      token = "${desk.keys!.rootToken}"
      tls_ca_cert = "${ca}"
      mount_path = "transit/"
      key_name = "unseal"
    }`);
    const own = kube.secrets;
    try {
      const status = await vaultApi(sealed.ask()).sealStatus();
      assert.deepEqual(status, { initialized: false, sealed: true, type: "transit" });
      kube.secrets = {};
      await assert.rejects(run(desk.options(sealed)), /Vault's seal is `transit`, and this program keeps an unseal key in the cluster/);
      assert.deepEqual(kube.secrets, {});
      assert.deepEqual(await vaultApi(sealed.ask()).sealStatus(), status);
    } finally {
      kube.secrets = own;
      await sealed.remove();
    }
  });

  it("refuses what is mounted where its own belongs", async () => {
    await desk.configured();
    await desk.ask("POST", "/v1/sys/mounts/other", { type: "kv", options: { version: "1" } });
    await assert.rejects(
      desk.bootstrap({ mounts: { other: { description: "" } }, fixtureMount: "other" }),
      /an engine at other\/ that is not kv, version 2/,
    );
  });

  describe("whose storage is lost", () => {
    let former: Secret;

    before(async () => {
      await desk.configured();
      former = desk.kube.secrets[SECRET]!;
      await desk.vault.startOver();
    });

    it("says so, changes nothing, and begins anew when the Secret is deleted", async () => {
      await assert.rejects(
        desk.bootstrap(),
        /is empty, but the Secret vault-auto-credentials has keys: those of a Vault whose storage is lost/,
      );
      assert.deepEqual(desk.kube.secrets[SECRET], former);
      desk.kube.secrets = {};
      assert.equal((await desk.bootstrap()).changed[0], "initialised Vault");
      await desk.assertConverged();
    });

    it("tells the keys of another Vault from its own", async () => {
      await desk.configured();
      const { kube, vault } = desk;
      const own = kube.secrets[SECRET]!;
      kube.secrets = { [SECRET]: former };
      await assert.rejects(desk.bootstrap(), /does not accept the root token in the Secret/);
      await vault.restart();
      await assert.rejects(desk.bootstrap(), /The unseal key in the Secret vault-auto-credentials is not that of the Vault/);
      kube.secrets = { [SECRET]: own };
      await desk.bootstrap();
    });
  });

  it("ends with one Vault when several run at once", async () => {
    await desk.empty();
    const results = await Promise.all([desk.bootstrap(), desk.bootstrap(), desk.bootstrap()]);
    const all = results.flatMap(({ changed }) => changed);
    assert.equal(all.filter((what) => what === "initialised Vault").length, 1);
    assert.deepEqual(await desk.versions(), [1, 1]);
    await desk.assertConverged();
  });
});
