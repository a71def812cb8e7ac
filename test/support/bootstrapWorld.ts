import type { BootstrapConfiguration } from "../../vault/bootstrap/configuration";
import type { Context } from "../../vault/bootstrap/context";
import { withCredentials, type Credentials } from "../../vault/bootstrap/credentials";
import type { Ask } from "../../kube/http";
import type { Claim, KubeApi, Secret } from "../../vault/bootstrap/kubeApi";
import { VaultError, type SealStatus, type VaultApi } from "../../vault/bootstrap/vaultApi";

type Data = Record<string, unknown>;
const LISTS = ["sys/audit", "sys/auth", "sys/mounts"];

/**
 * A Vault and an API server in memory, as the steps of dev's bootstrap see them: what a real one
 * does not do on demand.
 */
export class BootstrapWorld {
  status: SealStatus = { initialized: true, sealed: false, type: "shamir" };
  /**
   * What Vault has, by path; engines, devices and authentication below the lists that name them.
   */
  readonly vault = new Map<string, Data>();
  /**
   * What fixtures are in, by path below the mount, each with the version that a write has to name.
   */
  readonly kv = new Map<string, { values: Data; version: number }>();
  secret: Secret | undefined;
  claim: Claim | undefined = { uid: "claim-1", deleting: false };
  now = 1_000_000;
  /** The key that opens this Vault, and the token that it accepts. */
  key = "right-key";
  token = true;
  /** Whatever was written or deleted, in order. */
  readonly done: string[] = [];
  readonly changes: string[] = [];
  readonly waited: string[] = [];
  /**
   * What happens while the program waits; nothing, several times, is the end of a test's patience.
   */
  onSleep: () => void = () => undefined;
  /** What Vault says to an initialisation. */
  onInitialise: () => { status: number; body: unknown } = () => {
    this.status = { ...this.status, initialized: true, sealed: true };
    return { status: 200, body: { keys_base64: ["new-key"], root_token: "new-token" } };
  };
  /** What is done before a write, which it may refuse. */
  onWrite: (path: string) => void = () => undefined;
  #sleeps = 0;

  constructor(readonly configuration: BootstrapConfiguration) {}

  /** The Secret as an earlier run has left it. */
  remember(credentials: Credentials): void {
    this.secret = withCredentials(undefined, this.configuration.secret, credentials);
  }

  get context(): Context {
    const ask: Ask = (method, path) => {
      if (`${method} ${path}` !== "PUT /v1/sys/init") throw new Error(`nobody expected ${method} ${path}`);
      this.done.push("initialise");
      return Promise.resolve({ ...this.onInitialise(), date: this.now });
    };
    return {
      configuration: this.configuration,
      vault: this.#vaultApi(),
      askVaultOnce: ask,
      kube: this.#kubeApi(),
      changed: (what) => void this.changes.push(what),
      waiting: (what) => void this.waited.push(what),
      sleep: () => {
        this.onSleep();
        return ++this.#sleeps > 20 ? Promise.reject(new Error(`it waits for ever: ${this.waited.at(-1)}`)) : Promise.resolve();
      },
    };
  }

  #vaultApi(): VaultApi {
    return {
      sealStatus: () => Promise.resolve({ ...this.status }),
      isActive: () => Promise.resolve(!this.status.sealed),
      read: (path) => Promise.resolve().then(() => this.#read(path)),
      write: (path, body) => Promise.resolve().then(() => this.#write(path, body as Data)),
    };
  }

  #read(path: string): Data | undefined {
    if (path === "auth/token/lookup-self") {
      if (!this.token) throw new VaultError(`GET ${path}`, 403, []);
      return {};
    }
    if (LISTS.includes(path)) {
      const below = [...this.vault].filter(([name]) => name.startsWith(`${path}/`));
      return { data: Object.fromEntries(below.map(([name, value]) => [`${name.slice(path.length + 1)}/`, value])) };
    }
    const [, fixture] = /\/data\/(.*)$/.exec(path) ?? [];
    const stored = fixture === undefined ? undefined : this.kv.get(fixture);
    if (stored) return { data: { data: { ...stored.values }, metadata: { version: stored.version } } };
    const found = this.vault.get(path);
    return found && { data: { ...found } };
  }

  #write(path: string, body: Data): Data {
    this.onWrite(path);
    if (path === "sys/unseal") {
      if (body.key !== this.key) throw new VaultError(`PUT ${path}`, 400, []);
      this.status = { ...this.status, sealed: false };
      return { sealed: false };
    }
    const [, fixture] = /\/data\/(.*)$/.exec(path) ?? [];
    if (fixture === undefined) {
      if (LISTS.some((list) => path.startsWith(`${list}/`)) && this.vault.has(path)) throw new VaultError(`POST ${path}`, 400, ["in use"]);
      this.vault.set(path, { ...this.vault.get(path), ...body });
    } else {
      const version = this.kv.get(fixture)?.version ?? 0;
      const named = (body.options as { cas?: unknown } | undefined)?.cas;
      if (named !== version) throw new VaultError(`POST ${path}`, 400, ["check-and-set parameter did not match the current version"]);
      this.kv.set(fixture, { values: body.data as Data, version: version + 1 });
    }
    this.done.push(path);
    return {};
  }

  #kubeApi(): KubeApi {
    return {
      readSecret: () => Promise.resolve({ secret: this.secret, now: this.now }),
      writeSecret: (secret) => {
        this.secret = secret;
        this.done.push("secret");
        return Promise.resolve(true);
      },
      readClaim: () => Promise.resolve(this.claim),
      deleteStorage: (claim, uid, pod) => {
        this.done.push(`delete ${claim} ${uid} ${pod}`);
        return Promise.resolve();
      },
    };
  }
}
