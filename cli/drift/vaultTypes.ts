/** A copy of a Secret in Vault, and the PushSecret that keeps it, which has the Secret's name. */
export interface DesiredCopy {
  name: string;
  service: string;
  /** Below the mirror's mount. */
  key: string;
  spec: Readonly<Record<string, unknown>>;
}

/** How Vault is reached, as a store says. */
export interface DesiredVault {
  address: string;
  /**
   * Authority of its certificate, as PEM; or a Secret with it in `ca.crt`. Neither: the system's.
   */
  ca?: string;
  caSecret?: { name: string; namespace: string };
}

/** The copies in Vault, and who may read them. */
export interface DesiredMirror {
  /** The ClusterSecretStore that copies are pushed through. */
  store: string;
  mount: string;
  /** Where Kubernetes authentication is mounted. */
  authMount: string;
  /** Service account, and role in Vault, that may read the copies. */
  reader: string;
  /** Of the service account. */
  namespace: string;
  copies: readonly DesiredCopy[];
}

/** A PushSecret as it is. */
export interface LivePushSecret {
  spec: Readonly<Record<string, unknown>>;
  status: {
    conditions?: { type: string; status: string; message?: string }[];
    /** To the second. */
    refreshTime?: string;
  };
}

/** What Vault has of a copy. */
export type Copy = { data: Readonly<Record<string, unknown>> } | { deleted: number; destroyed: boolean } | "missing";

/** What Vault says of the mirror. */
export interface Copies {
  /** By the PushSecret's name. */
  found: ReadonlyMap<string, Copy>;
  /** Beside them, by their keys. */
  others: readonly string[];
}

/** A login to a database that Vault was told to use or to change. */
export interface VaultLogin {
  /** Of the role or connection, for example `database/static-roles/app`. */
  path: string;
  kind: "staticRole" | "connection";
  username: string;
  /** Where it connects to; absent where that is not told. */
  host?: string;
}

/** Why something could not be asked. */
export interface Unanswered {
  reason: string;
  /** Whether not to ask was asked for. */
  asked: boolean;
}

/** Vault, with a token that may look at its database engines. */
export interface WithToken {
  token: string;
  vault: DesiredVault;
}
