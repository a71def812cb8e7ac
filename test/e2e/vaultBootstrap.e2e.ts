import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { BootstrapConfiguration, FixtureValues } from "../../vault/bootstrap/configuration";
import { parseCredentials } from "../../vault/bootstrap/credentials";
import { vaultApi } from "../../vault/bootstrap/vaultApi";
import { run, type Report, type RunOptions } from "../../vault/bootstrap/run";
import { bundleBootstrap } from "../../vault/bundle";
import { eventually } from "../../lab/wait";
import { startGate } from "../support/gate";
import { startKubeStore, STORAGE, type KubeStore } from "../support/kubeStore";
import { startVault, type VaultServer } from "../support/vaultServer";

const SECRET = "vault-auto-credentials";
const FIXTURES: FixtureValues = {
  "inference/inference-api-credentials": {
    OPENAI_API_KEY: { value: "value-of-openai" },
    LANGSMITH_API_KEY: { value: "value-of-langsmith" },
  },
  "keycloak/platform-client": { "client-secret": { value: "value-of-client", initial: true } },
};
const VALUES = Object.values(FIXTURES).flatMap((fixture) => Object.values(fixture).map(({ value }) => value));

describe("the dev bootstrap and a real Vault", () => {
  let vault: VaultServer;
  let kube: KubeStore;
  let lines: string[];

  beforeEach(async () => {
    [vault, kube] = await Promise.all([startVault(), startKubeStore(SECRET)]);
    lines = [];
    kube.onReplaced = async () => {
      await vault.kill();
      await vault.wipe();
      await vault.start();
    };
  });

  afterEach(async () => {
    assert.deepEqual(kube.unexpected, []);
    const { unsealKey = "", rootToken = "" } = credentials() ?? {};
    for (const secret of [unsealKey, rootToken, ...VALUES].filter(Boolean)) {
      assert.equal(lines.join("\n").includes(secret), false, "a secret is in the log");
    }
    await kube.close();
    await vault.remove();
  });

  const configuration = (): BootstrapConfiguration => ({
    environment: "dev",
    address: vault.address,
    secret: SECRET,
    storage: STORAGE,
    mounts: { secret: { description: "Fixtures" }, mirror: { description: "Copies", checkAndSet: true } },
    fixtureMount: "secret",
    audit: { file: { file: path.join(vault.directory, "audit.log") } },
    kubernetes: {
      mount: "kubernetes",
      host: "https://kubernetes.default.svc",
      ca: kube.ca,
      plugin: vault.plugin,
      roles: {
        "external-secrets": {
          serviceAccounts: ["ameide-vault"],
          namespaces: ["ameide-dev"],
          audience: "vault",
          policies: ["read-fixtures"],
          ttlSeconds: 600,
        },
      },
    },
    policies: { "read-fixtures": 'path "secret/data/*" {\n  capabilities = ["read"]\n}\n' },
  });

  const options = (): RunOptions => ({
    configuration: configuration(),
    fixtures: FIXTURES,
    vaultCa: vault.ca,
    kubernetes: { address: kube.url, ca: kube.ca, namespace: kube.namespace },
    patienceMs: 60_000,
    log: (line) => lines.push(line),
  });

  const bootstrap = (change: Partial<BootstrapConfiguration> = {}): Promise<Report> =>
    run({ ...options(), configuration: { ...configuration(), ...change } });

  const credentials = () => parseCredentials(kube.secrets[SECRET]).keys;

  /** What Vault holds, asked with the root token. */
  async function fixture(name: string): Promise<{ version: number; values: Record<string, string> }> {
    const { body } = await vault.ask(credentials()!.rootToken)("GET", `/v1/secret/data/${name}`);
    const { data } = body as { data: { data: Record<string, string>; metadata: { version: number } } };
    return { version: data.metadata.version, values: data.data };
  }

  const values = (name: string) => Object.fromEntries(Object.entries(FIXTURES[name]!).map(([key, { value }]) => [key, value]));

  async function assertConverged(): Promise<void> {
    for (const name of Object.keys(FIXTURES)) assert.deepEqual((await fixture(name)).values, values(name), name);
    const before = await Promise.all(Object.keys(FIXTURES).map(async (name) => (await fixture(name)).version));
    assert.deepEqual((await bootstrap()).changed, []);
    assert.deepEqual(await Promise.all(Object.keys(FIXTURES).map(async (name) => (await fixture(name)).version)), before);
  }

  it("initialises, unseals, configures and writes the fixtures; a second run writes nothing", async () => {
    const { changed } = await bootstrap();
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
    await assertConverged();
    const { requests } = await bootstrap();
    assert.deepEqual(requests, { vault: 16, kubernetes: 1 });
  });

  it("writes what has changed and keeps what others wrote", async () => {
    await bootstrap();
    const ask = vault.ask(credentials()!.rootToken);
    const write = (name: string, data: object) => ask("POST", `/v1/secret/data/${name}`, { data });
    await write("inference/inference-api-credentials", {
      OPENAI_API_KEY: "by hand",
      LANGSMITH_API_KEY: "value-of-langsmith",
      more: "by hand",
    });
    await write("keycloak/platform-client", { "client-secret": "of Keycloak" });
    assert.deepEqual((await bootstrap()).changed, ["wrote secret/inference/inference-api-credentials: OPENAI_API_KEY"]);
    assert.deepEqual((await fixture("inference/inference-api-credentials")).values, {
      ...values("inference/inference-api-credentials"),
      more: "by hand",
    });
    assert.deepEqual((await fixture("keycloak/platform-client")).values, { "client-secret": "of Keycloak" });
    // Deleted: made again, as the version after.
    await ask("DELETE", "/v1/secret/data/keycloak/platform-client");
    assert.deepEqual((await bootstrap()).changed, ["wrote secret/keycloak/platform-client: client-secret"]);
    assert.deepEqual(await fixture("keycloak/platform-client"), { version: 3, values: { "client-secret": "value-of-client" } });
  });

  it("reverts configuration that was changed by hand", async () => {
    await bootstrap();
    const ask = vault.ask(credentials()!.rootToken);
    await ask("PUT", "/v1/sys/policies/acl/read-fixtures", { policy: 'path "*" { capabilities = ["sudo"] }' });
    await ask("POST", "/v1/auth/kubernetes/role/external-secrets", { bound_service_account_namespaces: ["*"] });
    assert.deepEqual((await bootstrap()).changed, ["wrote the policy read-fixtures", "wrote the role external-secrets"]);
    await assertConverged();
  });

  it("unseals after a restart", async () => {
    await bootstrap();
    await vault.kill();
    await vault.start();
    assert.deepEqual((await bootstrap()).changed, ["unsealed Vault"]);
    await assertConverged();
  });

  it("ends with one Vault when several run at once", async () => {
    const results = await Promise.all([bootstrap(), bootstrap(), bootstrap()]);
    const all = results.flatMap(({ changed }) => changed);
    assert.equal(all.filter((what) => what === "initialised Vault").length, 1);
    for (const name of Object.keys(FIXTURES)) assert.equal((await fixture(name)).version, 1, name);
    await assertConverged();
  });

  it("says that the Secret is lost, changes nothing, and goes on when it is restored", async () => {
    await bootstrap();
    const secret = kube.secrets[SECRET]!;
    kube.secrets = {};
    await assert.rejects(bootstrap(), /is initialised, but the Secret vault-auto-credentials, .* Vault keeps its data and is unsealed/);
    await vault.kill();
    await vault.start();
    await assert.rejects(bootstrap(), /is sealed: nobody can read it\. Nothing was changed\nRemedy: restore the Secret from a copy/);
    assert.deepEqual(kube.secrets, {});
    kube.secrets = { [SECRET]: secret };
    assert.deepEqual((await bootstrap()).changed, ["unsealed Vault"]);
    await assertConverged();
  });

  it("says that the storage is lost, changes nothing, and begins anew when the Secret is deleted", async () => {
    await bootstrap();
    await vault.kill();
    await vault.wipe();
    await vault.start();
    const secret = kube.secrets[SECRET];
    await assert.rejects(bootstrap(), /is empty, but the Secret vault-auto-credentials has keys: those of a Vault whose storage is lost/);
    assert.deepEqual(kube.secrets[SECRET], secret);
    kube.secrets = {};
    assert.equal((await bootstrap()).changed[0], "initialised Vault");
    await assertConverged();
  });

  it("tells the keys of another Vault from its own", async () => {
    await bootstrap();
    const secret = kube.secrets[SECRET]!;
    await vault.kill();
    await vault.wipe();
    await vault.start();
    kube.secrets = {};
    await bootstrap();
    const own = kube.secrets[SECRET]!;
    kube.secrets = { [SECRET]: secret };
    await assert.rejects(bootstrap(), /does not accept the root token in the Secret/);
    await vault.kill();
    await vault.start();
    await assert.rejects(bootstrap(), /The unseal key in the Secret vault-auto-credentials is not that of the Vault/);
    kube.secrets = { [SECRET]: own };
    await bootstrap();
  });

  it("refuses a Vault that a key service unseals, here another Vault's transit engine", async () => {
    await bootstrap();
    const api = vaultApi(vault.ask(credentials()!.rootToken));
    await api.write("sys/mounts/transit", { type: "transit" });
    await api.write("transit/keys/unseal", {});
    const ca = path.join(vault.directory, "ca.pem");
    await fs.writeFile(ca, vault.ca);
    const sealed = await startVault(`seal "transit" {
      address = "${vault.address}"
      token = "${credentials()!.rootToken}"
      tls_ca_cert = "${ca}"
      mount_path = "transit/"
      key_name = "unseal"
    }`);
    try {
      const status = await vaultApi(sealed.ask()).sealStatus();
      assert.deepEqual(status, { initialized: false, sealed: true, type: "transit" });
      const own = kube.secrets;
      kube.secrets = {};
      const other = { ...options(), configuration: { ...configuration(), address: sealed.address }, vaultCa: sealed.ca };
      await assert.rejects(run(other), /Vault's seal is `transit`, and this program keeps an unseal key in the cluster/);
      assert.deepEqual(kube.secrets, {});
      assert.deepEqual(await vaultApi(sealed.ask()).sealStatus(), status);
      kube.secrets = own;
    } finally {
      await sealed.remove();
    }
  });

  it("refuses what is mounted where its own belongs", async () => {
    await bootstrap();
    await vault.ask(credentials()!.rootToken)("POST", "/v1/sys/mounts/other", { type: "kv", options: { version: "1" } });
    await assert.rejects(
      bootstrap({ mounts: { other: { description: "" } }, fixtureMount: "other" }),
      /an engine at other\/ that is not kv, version 2/,
    );
  });

  describe("killed", () => {
    /** The program as the CronJob runs it. */
    async function start({ address, ca }: { address: string; ca: string } = vault): Promise<{
      kill: () => void;
      ended: Promise<{ code: number | null; output: string }>;
    }> {
      const files = {
        "bootstrap.cjs": bundleBootstrap(),
        "configuration.json": JSON.stringify({ ...configuration(), address }),
        "fixtures.json": JSON.stringify(FIXTURES),
        "ca.pem": ca,
        "account/ca.crt": kube.ca,
        "account/namespace": kube.namespace,
        "account/token": "token",
      };
      const at = (file: string) => path.join(vault.directory, "run", file);
      await fs.mkdir(at("account"), { recursive: true });
      for (const [file, content] of Object.entries(files)) await fs.writeFile(at(file), content);
      const { hostname, port } = new URL(kube.url);
      const child = spawn(
        process.execPath,
        ["bootstrap.cjs", "configuration.json", "fixtures.json", "ca.pem"].map((file) => at(file)),
        {
          env: { SERVICE_ACCOUNT_DIRECTORY: at("account"), KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(""));
      const ended = new Promise<number | null>((resolve) => child.on("exit", resolve)).then(async (code) => {
        lines.push(await output);
        return { code, output: await output };
      });
      return { kill: () => child.kill("SIGKILL"), ended };
    }

    it("runs as a bundle under plain Node", async () => {
      const { code, output } = await (await start()).ended;
      assert.equal(code, 0, output);
      assert.match(output, /^Vault is as configured: \d+ changes \(\d+ requests to Vault, \d+ to Kubernetes, [\d.]+ s of CPU\)$/m);
      assert.match(
        (await (await start()).ended).output,
        /^Vault is as configured: nothing to do \(16 requests to Vault, 1 to Kubernetes, [\d.]+ s of CPU\)$/m,
      );
    });

    /** A Vault whose keys went with the run that had initialised it. */
    async function loseKeys(): Promise<void> {
      const questions = ["GET /v1/sys/seal-status", "GET /v1/sys/seal-status", "PUT /v1/sys/init"];
      const gate = await startGate(vault.address, vault.ca);
      try {
        // Vault has done what it was asked for, and the run does not know it.
        const { stopped } = gate.open({ question: questions.length, side: "after" });
        const victim = await start(gate);
        const first = await Promise.race([stopped, victim.ended]);
        assert.equal(first, undefined, first?.output);
        assert.deepEqual(gate.questions, questions);
        victim.kill();
        await victim.ended;
      } finally {
        gate.close();
      }
      assert.equal(((await vault.ask()("GET", "/v1/sys/seal-status")).body as { initialized: boolean }).initialized, true);
      assert.equal(credentials(), undefined);
      // However long that took: by the API server's clock, the attempt has half a minute yet.
      kube.ahead = parseCredentials(kube.secrets[SECRET]).attempt!.until - 30_000 - Date.now();
    }

    it("while Vault initialises, the next run has it begin anew, once the first one is dead for certain", async () => {
      await loseKeys();
      const claim = kube.claim;
      const next = bootstrap();
      const waits = "waiting for another run, which is initialising Vault";
      const within = (what: string) => ({ seconds: 30, expired: () => new Error(`${what} within 30 s: ${lines.join("\n")}`) });
      await eventually(within("the next run does not wait"), () => (lines.includes(waits) ? true : undefined));
      // It looks again, and goes on waiting.
      const looked = kube.asked.length;
      await eventually(within("the next run does not look again"), () => (kube.asked.length >= looked + 3 ? true : undefined));
      assert.equal(lines.at(-1), waits);
      assert.equal(kube.claim, claim);
      kube.ahead += 60_000;
      const { changed } = await next;
      assert.deepEqual(changed.slice(0, 3), [
        "a run was ended while it initialised Vault, before it had the keys: replaced Vault's empty storage, claim data-vault-0",
        "initialised Vault",
        "unsealed Vault",
      ]);
      assert.notEqual(kube.claim, claim);
      await assertConverged();
    });

    it("while Vault initialises, storage that is another by now is left alone, and so is one that it may not delete", async () => {
      await loseKeys();
      kube.ahead += 60_000;
      const { storage: _, ...withoutStorage } = configuration();
      await assert.rejects(
        run({ ...options(), configuration: withoutStorage }),
        /nobody has them, and nothing is in it\. Nothing was changed\nRemedy: delete Vault's storage and restart it/,
      );
      kube.claim = "another";
      await assert.rejects(bootstrap(), /is initialised, but the Secret vault-auto-credentials, .* Nothing was changed/);
    });

    it("at random points, it converges", async () => {
      const points = process.env.SOAK ? 60 : 20;
      for (let point = 0; point < points; point++) {
        await vault.kill();
        await vault.wipe();
        await vault.start();
        kube.secrets = {};
        const victim = await start();
        // A whole run takes about three seconds, most of them the initialisation.
        const after = Math.random() * 3500;
        await sleep(after);
        victim.kill();
        await victim.ended;
        kube.ahead += 60_000;
        await bootstrap();
        await assertConverged();
      }
    });
  });
});
