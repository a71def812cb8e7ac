import type { Finding } from "../../config/finding";

/** Something that is not there yet. External Secrets may have said something of it. */
export interface Missing extends Finding {
  /** The service or the bundle; a store is nobody's. */
  readonly owner: string;
  readonly kind: "service" | "bundle" | "store";
}

/** Looks once at a part of what is awaited. @throws {Refused} Where the account may not look. */
export type Probe = () => Promise<readonly Missing[]>;

/** A condition of a custom object. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** An ExternalSecret as it is. */
export interface LiveExternalSecret {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly spec: {
    readonly secretStoreRef?: { readonly name: string };
    readonly data?: readonly { readonly remoteRef: { readonly key: string; readonly property?: string } }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly syncedResourceVersion?: string };
}

/** A ClusterSecretStore as it is. */
export interface LiveStore {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** What the cluster has, each by `namespace/name`. Of a Secret's values nothing is kept. */
export interface Seen {
  readonly externalSecrets: ReadonlyMap<string, LiveExternalSecret>;
  /** The keys that have a value. */
  readonly secrets: ReadonlyMap<string, ReadonlySet<string>>;
  /** The last warning about an ExternalSecret. */
  readonly warnings: ReadonlyMap<string, string>;
}
