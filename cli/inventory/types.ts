import type { Finding } from "../../config/finding";

/**
 * Who makes a value, and is therefore the authority for it. `operator`: CloudNativePG. `generated`: random, in this program's state. `external`: a third party. `service`: a service, when it runs.
 */
export type Origin = "operator" | "generated" | "external" | "service";

export interface InventoryKey {
  readonly name: string;
  /** `plain` is no secret: a user name, a host, a certificate. */
  readonly origin: Origin | "plain";
  /** Where Vault has it: `<path>#<property>` below the mount of the store. */
  readonly from?: string;
}

/** Whose something is. `cluster`: CloudNativePG's Cluster. */
export type OwnerKind = "service" | "bundle" | "cluster" | "vault";

/** What writes a Secret. */
export interface Producer {
  /** `Pulumi`: this program. `outside`: somebody who is not of this program. */
  readonly kind: "Pulumi" | "ExternalSecret" | "Cluster" | "CronJob" | "outside";
  /** Of that object: `namespace/name`. */
  readonly object?: string;
}

/** How one looks whether a Secret is as it should be. */
export type Check = "proof" | "smoke" | "drift" | "alerts" | `gate ${string}`;

/** A Secret of an environment. Nothing in it is secret. */
export interface InventorySecret {
  readonly namespace: string;
  readonly name: string;
  /** Absent where its maker decides. */
  readonly type?: string;
  /** One sentence: what it is for. */
  readonly purpose: string;
  readonly owner: string;
  readonly ownerKind: OwnerKind;
  /** Those of its keys, without `plain` unless there is nothing else. */
  readonly origins: readonly InventoryKey["origin"][];
  /** Who says what is right, should copies differ. */
  readonly authority: string;
  readonly producer: Producer;
  /** What has taken its value before it is written: the readers of other Secrets. */
  readonly after?: readonly string[];
  readonly consumers: readonly string[];
  readonly keys: readonly InventoryKey[];
  /** Whether its maker may add keys. */
  readonly moreKeys?: true;
  /** How it is replaced, and how old it may become. */
  readonly rotation: { readonly policy: string; readonly maxAgeDays?: number };
  /** `<mount>/<path>` of its copy in Vault. */
  readonly mirror?: string;
  readonly checks: readonly Check[];
}

/** Something else than a Secret: a role, a database, a workload. Nothing in it is secret. */
export interface Owned {
  readonly kind: string;
  readonly name: string;
  /** What it is in Kubernetes, or is declared by: `<kind> <namespace>/<name>`. */
  readonly object: string;
  /** A phrase each. */
  readonly facts: readonly string[];
}

/** Whose Secrets there are. */
export interface InventoryOwner {
  readonly kind: OwnerKind;
  readonly name: string;
  readonly description: string;
  /** What its application is to be set to. @default nothing */
  readonly settings?: readonly string[];
  /** What it has beside Secrets. */
  readonly owns: readonly Owned[];
}

/** What a stack's configuration and the catalogue say. */
export interface Inventory {
  /** Fields are added, never changed, while it stays. */
  readonly schema: 1;
  readonly stack: string;
  /** The stack's. */
  readonly namespace: string;
  /** Namespaces in which there is nothing else: the stack's, unless its Cluster is somebody else's, and that of a Vault of its own. */
  readonly ownNamespaces: readonly string[];
  /** The CloudNativePG Cluster. */
  readonly cluster: string;
  /** Where that is somebody else's. */
  readonly clusterIs?: "existing";
  readonly owners: readonly InventoryOwner[];
  /** Those that are on: which Secrets each waits for is among the checks of these. */
  readonly gates: readonly { readonly name: string; readonly description: string }[];
  /** By namespace and name. */
  readonly secrets: readonly InventorySecret[];
  /** Secrets that are there at times, and why. */
  readonly atTimes: readonly { readonly namespace: string; readonly name: string; readonly why: string }[];
}

/** A Secret, or what becomes one, as somebody else has it. Of its values nothing is kept. */
export interface FoundSecret {
  readonly kind: "Secret" | "SealedSecret";
  /** Absent in a file that leaves it to the tool that applies it. */
  readonly namespace?: string;
  readonly name: string;
  readonly type?: string;
  readonly keys: readonly string[];
  /** The object that it belongs to: `ExternalSecret/neo4j-auth`. */
  readonly controller?: string;
  /** The stack in its label. */
  readonly stack?: string;
  /** When its password was made, or its data written last, as ISO 8601 has it. */
  readonly changedAt?: string;
  /** File and line. */
  readonly where?: string;
}

/** An ExternalSecret, with the Secret that it writes, or a PushSecret, with that which it copies and where to. */
export interface FoundLink {
  readonly kind: "ExternalSecret" | "PushSecret";
  readonly namespace?: string;
  readonly name: string;
  readonly secret: string;
  readonly stack?: string;
  readonly remoteKeys: readonly string[];
  readonly where?: string;
}

/** What a cluster or a repository has. */
export interface Found {
  readonly secrets: readonly FoundSecret[];
  readonly links: readonly FoundLink[];
}

/** Two sources that do not say the same. */
export interface Difference extends Finding {
  /** `namespace/name` of the Secret, or of what is about it. */
  readonly about: string;
  /** Beside the program, which is the other side of each. */
  readonly source: "cluster" | "repository";
}

/** An inventory, with what else was looked at. */
export interface InventoryReport extends Inventory {
  /** When the cluster was asked. */
  readonly lookedAt?: string;
  /** By `namespace/name`, of the cluster. */
  readonly ages?: Readonly<Record<string, { readonly changedAt: string; readonly days: number }>>;
  /** What is found and not the program's. */
  readonly others: readonly (FoundSecret & { readonly source: Difference["source"] })[];
  readonly differences: readonly Difference[];
  readonly notes: readonly string[];
}
