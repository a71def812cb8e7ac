import type { Input, Output, OutputInstance } from "@pulumi/pulumi";
import type { Outside } from "../vault/fixtureWriters";
import type { Wanted } from "../vault/setUpDigests";
import type { ExternalSecretPlan, ExternalSecretSelection } from "./externalSecrets";
import type { OwnPods } from "./ownPods";
import type { Profile } from "./profiles";
import type { CredentialKeys } from "./templates";

/** What the stack's outputs say of a service's credential. Nothing secret. */
export interface CredentialSummary {
  /** Owner of the database, or the role of a profile. */
  role: string;
  database: string;
  /** Where its Secrets are. */
  namespace: Input<string>;
  /** What the application reads. */
  secret: string;
  /** In which other namespaces that is, too. */
  namespaces?: readonly string[];
  /** The keys that it has whatever the stack sets. */
  keys: readonly string[];
  /** Those that it may have, depending on what the stack sets. Others are not the program's. */
  possibleKeys?: readonly string[];
  /** Whether its password is taken over, and keys of before may be in use. */
  adopts?: boolean;
  /** Under which of them a login's values are. */
  credentialKeys: CredentialKeys;
  /** Who it logs in as. */
  login: string;
  /** What CloudNativePG reads. */
  roleSecret: string;
  /** The DatabaseRole object, where there are such objects. */
  roleObject?: string;
  generation: string;
  changedAt: Output<string>;
  maxAgeDays?: number;
  /** Who it logged in as before, and still may. */
  previous?: string;
  /** For how many days after the turn. */
  previousMaxDays?: number;
  /** Whose objects in its database are not for its owner to use. */
  foreignOwners?: readonly string[];
  /** The Pooler that it is led to. */
  pooler?: string;
  /** The names of the settings that its role is meant to have. */
  settings?: readonly string[];
  /** Its rights in the database of another service. Absent: the database is its own. */
  profile?: Profile;
}

/** What a stack's outputs say of what it fetches. Nothing in it is secret. */
export interface ExternalSecretsSummary {
  readonly stores: readonly string[];
  readonly secrets: readonly (Pick<ExternalSecretPlan, "owner" | "kind" | "namespace" | "name"> & { readonly keys: readonly string[] })[];
  /** Of the stack's namespace, the Secrets that are copied into Vault. */
  readonly copies: readonly { readonly owner: string; readonly name: string }[];
  /** Bundles that are on and of which nothing is made, each with the namespace that is not there. */
  readonly leftOut: readonly { readonly bundle: string; readonly namespace: string }[];
}

/** What of a selection is made. @param missing Namespaces of bundles that are not there. */
export function present(selection: ExternalSecretSelection, missing: ReadonlySet<string>): ExternalSecretSelection {
  const isThere = ({ namespace }: { readonly namespace: string }) => !missing.has(namespace);
  return { ...selection, plans: selection.plans.filter(isThere), stores: selection.stores.filter(isThere) };
}

/** What the outputs say of a selection. */
export function summarise(selection: ExternalSecretSelection, missing: ReadonlySet<string>): ExternalSecretsSummary {
  const { plans, stores, copies } = present(selection, missing);
  const without = selection.plans
    .filter(({ namespace }) => missing.has(namespace))
    .map(({ owner, namespace }) => [owner, namespace] as const);
  return {
    stores: stores.map(({ name }) => name),
    secrets: plans.map(({ owner, kind, namespace, name, data }) => ({
      owner,
      kind,
      namespace,
      name,
      keys: data.map(({ secretKey }) => secretKey),
    })),
    copies,
    leftOut: [...new Map(without)].map(([bundle, namespace]) => ({ bundle, namespace })),
  };
}

/**
 * A service as the stack's output describes it. Commands go by this, and not by the records of the
 * clone that they are run from, which may be of another day than the stack.
 */
export type ServiceOutput = Unwrap<CredentialSummary>;

type Unwrap<T> = { [K in keyof T]: Plain<T[K]> };
type Plain<T> = T extends OutputInstance<infer V> ? V : Exclude<T, PromiseLike<unknown>>;

/** What a stack's outputs say of Vault. */
export interface VaultSummary {
  address: string;
  /** Authority of its certificate, PEM, where the configuration or the state has it. */
  ca?: Input<string>;
  /** What this program has made of it: by that, the next run sees whether it takes a token. */
  applied?: Output<Wanted>;
  /** What somebody else has to write into its kv engine. */
  fromOutside?: Outside;
}

/** The same as it is read again. */
export interface VaultOutput {
  readonly address: string;
  readonly ca?: string;
  readonly applied?: Wanted;
  readonly fromOutside?: Outside;
}

/** What a stack says of itself: what the program returns is what every command goes by. */
export interface StackSummary {
  /** `namespace/name` */
  cluster: string;
  /** Where the Cluster is somebody else's, and the stack has roles and databases in it. */
  clusterIs?: "existing";
  /** The mark on everything that it has made. */
  owner: Output<string>;
  services: Readonly<Record<string, CredentialSummary>>;
  /** What pods of the program's carry, as the platform asks. */
  pods?: OwnPods;
  /** Where it has Vault. */
  vault?: VaultSummary;
  externalSecrets?: ExternalSecretsSummary;
}

/** The same as it is read again. */
export interface StackOutputs {
  readonly cluster: string;
  readonly clusterIs?: "existing";
  readonly services: Readonly<Record<string, ServiceOutput>>;
  readonly pods?: OwnPods;
  readonly vault?: VaultOutput;
  readonly externalSecrets?: ExternalSecretsSummary;
}
