import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import type { BootstrapConfiguration, FixtureValues } from "../../../vault/bootstrap/configuration";
import { parseCredentials, type Keys } from "../../../vault/bootstrap/credentials";
import { run, type Report, type RunOptions } from "../../../vault/bootstrap/run";
import { bundleBootstrap } from "../../../components/bundle";
import { startKubeStore, STORAGE, type KubeStore } from "../../support/kubeStore";
import { startVault, type VaultServer } from "../../support/vaultServer";

export const SECRET = "vault-auto-credentials";
const FIXTURES: FixtureValues = {
  "inference/inference-api-credentials": {
    OPENAI_API_KEY: { value: "value-of-openai" },
    LANGSMITH_API_KEY: { value: "value-of-langsmith" },
  },
  "keycloak/platform-client": { "client-secret": { value: "value-of-client", initial: true } },
};
const VALUES = Object.values(FIXTURES).flatMap((fixture) => Object.values(fixture).map(({ value }) => value));

/** More than a run waits for Vault on a machine whose cores are busy. */
const PATIENCE_MS = 120_000;

/**
 * Where Vault answers, and the authority of its certificate: a Vault's own, or of a gate before it.
 */
export type Way = Pick<VaultServer, "address" | "ca">;

/** A run in a process of its own. */
export interface BundledRun {
  kill(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** A Vault of dev's, its Secret in a stand-in for the API server, and the bootstrap. */
export class BootstrapDesk {
  /** What the runs of this test have said. */
  readonly lines: string[] = [];

  private constructor(
    readonly vault: VaultServer,
    readonly kube: KubeStore,
  ) {
    kube.onReplaced = () => vault.startOver();
  }

  static async prepare(): Promise<BootstrapDesk> {
    return new BootstrapDesk(...(await Promise.all([startVault(), startKubeStore(SECRET)])));
  }

  async remove(): Promise<void> {
    await this.kube.close();
    await this.vault.remove();
  }

  /** What is true after every test. */
  check(): void {
    assert.deepEqual(this.kube.unexpected, []);
    const { unsealKey = "", rootToken = "" } = this.keys ?? {};
    for (const secret of [unsealKey, rootToken, ...VALUES].filter(Boolean))
      assert.equal(this.lines.join("\n").includes(secret), false, "a secret is in the log");
    this.lines.length = 0;
  }

  get keys(): Keys | undefined {
    return parseCredentials(this.kube.secrets[SECRET]).keys;
  }

  /** Asks Vault with its root token. */
  get ask(): ReturnType<VaultServer["ask"]> {
    return this.vault.ask(this.keys!.rootToken);
  }

  configuration({ address }: Way = this.vault): BootstrapConfiguration {
    return {
      environment: "dev",
      address,
      secret: SECRET,
      storage: STORAGE,
      mounts: { secret: { description: "Fixtures" }, mirror: { description: "Copies", checkAndSet: true } },
      fixtureMount: "secret",
      audit: { file: { file: path.join(this.vault.directory, "audit.log") } },
      kubernetes: {
        mount: "kubernetes",
        host: "https://kubernetes.default.svc",
        ca: this.kube.ca,
        plugin: this.vault.plugin,
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
    };
  }

  options(way: Way = this.vault): RunOptions {
    return {
      configuration: this.configuration(way),
      fixtures: FIXTURES,
      vaultCa: way.ca,
      kubernetes: { address: this.kube.url, ca: this.kube.ca, namespace: this.kube.namespace },
      patienceMs: PATIENCE_MS,
      log: (line) => this.lines.push(line),
    };
  }

  bootstrap(change: Partial<BootstrapConfiguration> = {}): Promise<Report> {
    const options = this.options();
    return run({ ...options, configuration: { ...options.configuration, ...change } });
  }

  /** The program as the CronJob runs it. */
  async start(way: Way = this.vault): Promise<BundledRun> {
    const { kube } = this;
    const files = {
      "bootstrap.cjs": bundleBootstrap(),
      "configuration.json": JSON.stringify(this.configuration(way)),
      "fixtures.json": JSON.stringify(FIXTURES),
      "ca.pem": way.ca,
      "account/ca.crt": kube.ca,
      "account/namespace": kube.namespace,
      "account/token": "token",
    };
    const at = (file: string) => path.join(this.vault.directory, "run", file);
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
      this.lines.push(await output);
      return { code, output: await output };
    });
    return { kill: () => child.kill("SIGKILL"), ended };
  }

  /** A Vault that nobody has initialised, and no Secret. */
  async empty(): Promise<void> {
    this.kube.secrets = {};
    this.kube.ahead = 0;
    const { initialized } = (await this.vault.ask()("GET", "/v1/sys/init")).body as { initialized: boolean };
    if (initialized) await this.vault.startOver();
  }

  /**
   * A Vault as the bootstrap leaves it: that of the test before, where that has left one whose keys
   * are known.
   */
  async configured(): Promise<void> {
    if (await this.bootstrap().catch(() => undefined)) return;
    await this.empty();
    await this.bootstrap();
  }

  /** What Vault holds. */
  async fixture(name: string): Promise<{ version: number; values: Record<string, string> }> {
    const { body } = await this.ask("GET", `/v1/secret/data/${name}`);
    const { data } = body as { data: { data: Record<string, string>; metadata: { version: number } } };
    return { version: data.metadata.version, values: data.data };
  }

  /** What Vault should hold. */
  values(name: string): Record<string, string> {
    return Object.fromEntries(Object.entries(FIXTURES[name]!).map(([key, { value }]) => [key, value]));
  }

  async versions(): Promise<number[]> {
    return await Promise.all(Object.keys(FIXTURES).map(async (name) => (await this.fixture(name)).version));
  }

  /** Every fixture is as configured, and another run changes nothing. */
  async assertConverged(): Promise<void> {
    for (const name of Object.keys(FIXTURES)) assert.deepEqual((await this.fixture(name)).values, this.values(name), name);
    const before = await this.versions();
    assert.deepEqual((await this.bootstrap()).changed, []);
    assert.deepEqual(await this.versions(), before);
  }
}
