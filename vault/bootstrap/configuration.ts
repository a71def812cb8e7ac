import { FixableError } from "../../config/fixableError";

/**
 * What the bootstrap makes of Vault. Nothing in it is secret: it comes in a ConfigMap, beside the
 * program.
 */
export interface BootstrapConfiguration {
  /** Throw-away environments only: elsewhere no unseal key may be in the cluster. */
  readonly environment: "dev";
  /** Vault's address, `https://…`. */
  readonly address: string;
  /** The Secret of this namespace that holds the unseal key and the root token. */
  readonly secret: string;
  /**
   * Vault's volume claim and pod, both of this namespace. Without them an initialisation that was
   * cut short needs a hand.
   */
  readonly storage?: { readonly claim: string; readonly pod: string };
  /** Engines of kind kv, version 2, by their paths. */
  readonly mounts: Readonly<Record<string, KvMount>>;
  /** Where fixtures go: one of the mounts. */
  readonly fixtureMount: string;
  /** Audit devices that write to a file, by their names. */
  readonly audit: Readonly<Record<string, { readonly file: string }>>;
  readonly kubernetes: KubernetesAuth;
  /** Policies in Vault's language, by name. */
  readonly policies: Readonly<Record<string, string>>;
}

export interface KvMount {
  readonly description: string;
  /** Whether a write has to name the version that it replaces. */
  readonly checkAndSet?: boolean;
  /**
   * How many versions of a secret are kept. Absent: what Vault says, which is ten, or whoever has
   * set it.
   */
  readonly versions?: number;
}

export interface KubernetesAuth {
  /** Where it is mounted, without `auth/`. */
  readonly mount: string;
  /** The API server as Vault reaches it, which reviews the tokens of those that log in. */
  readonly host: string;
  /**
   * The authority of the API server's certificate, as PEM, for a Vault that is no pod of that
   * cluster. Those that log in need the right to have tokens reviewed then.
   */
  readonly ca?: string;
  /**
   * For a Vault whose build has no Kubernetes authentication: the plugin in its plugin directory.
   */
  readonly plugin?: { readonly command: string; readonly sha256: string };
  readonly roles: Readonly<Record<string, KubernetesRole>>;
}

/** Who may log in, and what as. */
export interface KubernetesRole {
  readonly serviceAccounts: readonly string[];
  readonly namespaces: readonly string[];
  /** What the token has to be made for. */
  readonly audience: string;
  readonly policies: readonly string[];
  /** Seconds that a token of Vault's is good for. */
  readonly ttlSeconds: number;
}

/** A key of a fixture. `initial` values are written once: a service replaces them itself. */
export interface FixtureValue {
  readonly value: string;
  readonly initial?: true;
}

/** What Vault is to hold, by path below the mount and by key. Comes in a Secret. */
export type FixtureValues = Readonly<Record<string, Readonly<Record<string, FixtureValue>>>>;

/**
 * The configuration that a file holds. This program's own types made it: what is checked is that it
 * may run.
 * @throws {FixableError} For any environment but dev.
 */
export function parseConfiguration(text: string): BootstrapConfiguration {
  const configuration = JSON.parse(text) as BootstrapConfiguration;
  if ((configuration.environment as string) === "dev") return configuration;
  throw new FixableError(
    `this program keeps Vault's unseal key and root token in the cluster, and the environment is \`${String(configuration.environment)}\``,
    "it is for dev only: initialise this Vault by the ceremony for staging and prod, and remove the CronJob",
  );
}
