import type { Environment } from "../config/environment";

/**
 * Who is the authority for a value, and therefore who may write it into Vault. Databases'
 * credentials have no place here: CloudNativePG's are in Secrets of its own, and Vault holds copies
 * of them at most, elsewhere.
 */
export type FixtureKey =
  /**
   * Given out by a third party: an API key. In dev a random one stands in until a real one is
   * configured.
   */
  | { readonly origin: "external" }
  /**
   * Random, made by this program and kept in its state: so many characters (32 unless said
   * otherwise), letters and digits or hexadecimal digits.
   */
  | { readonly origin: "generated"; readonly length?: number; readonly format?: "hex" }
  /**
   * Written into Vault by the service itself when it runs. In dev it begins with a random one,
   * which is never put back.
   */
  | { readonly origin: "service" }
  /** No secret: a user name, a client's id. The only kind that has its value here. */
  | { readonly origin: "plain"; readonly value: string };

/** A secret of Vault's: its keys are those of the Kubernetes Secret that is made from it. */
export type Fixture = Readonly<Record<string, FixtureKey>>;

/**
 * Secrets by their paths below the kv mount, `<owner>/<name of the Kubernetes Secret>`, or
 * `shared/<name>` for several owners.
 */
export type Fixtures = Readonly<Record<string, Fixture>>;

/** The one source of what Vault is to hold, for both bootstraps. */
export interface FixtureMap {
  readonly shared: Fixtures;
  /**
   * What is otherwise in an environment: more paths, more or other keys of a path; `null` is a path
   * or a key that is not there.
   */
  readonly environments: Readonly<Record<Environment, Readonly<Record<string, Readonly<Record<string, FixtureKey | null>> | null>>>>;
}

/** A key of a secret in Vault. */
export interface Reference {
  /** The path below the kv mount. */
  readonly path: string;
  /** A key; without one, all of them are wanted. */
  readonly property?: string;
}

/** Where the bootstrap gets a value from. */
export interface PlannedKey {
  readonly path: string;
  readonly key: string;
  readonly source:
    | { readonly kind: "plain"; readonly value: string }
    /** From the stack's secret configuration. */
    | { readonly kind: "given" }
    | { readonly kind: "random"; readonly length: number; readonly format?: "hex" };
  /** Written when it is missing, and never put back. */
  readonly initial: boolean;
}
