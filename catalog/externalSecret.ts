import type { RemoteRef } from "../vault/remoteRef";

/** A Secret that External Secrets makes of what Vault holds. Owned by the service or the bundle in whose record it is. */
export interface ExternalSecretRecord {
  /** Name of the Secret, and of the ExternalSecret. */
  readonly name: string;
  /** Type of the Secret. @default "Opaque" */
  readonly type?: string;
  /** Keys of the Secret, each with where Vault has it. @default all keys of `<owner>/<name>`, under their own names */
  readonly keys?: Readonly<Record<string, RemoteRef>>;
  /** How often it is fetched anew, as Go writes durations. @default the stack's `vault.store.refreshInterval` */
  readonly refreshInterval?: string;
}
