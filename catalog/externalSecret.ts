import type { RemoteRef } from "../vault/remoteRef";

/** A Secret that External Secrets makes of what Vault holds. Owned by the service or the bundle in whose record it is. */
export interface ExternalSecretRecord {
  /** Name of the Secret, and of the ExternalSecret. */
  readonly name: string;
  /** Type of the Secret. Kubernetes cannot change it. @default "Opaque" */
  readonly type?: string;
  /** Labels of the Secret, besides the stack's: what its reader finds it by. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where Vault has what `keys` does not say otherwise. @default "<owner>/<name>" */
  readonly from?: RemoteRef;
  /**
   * What is read from the Secret: the names of its keys, or each with where Vault has it (a path alone: under the same name there).
   * A key that the fixture map lacks is refused. @default whatever `from` has
   */
  readonly keys?: readonly string[] | Readonly<Record<string, RemoteRef>>;
  /** How often it is fetched anew, as Go writes durations. @default the stack's `vault.store.refreshInterval` */
  readonly refreshInterval?: string;
  /**
   * `reloader`: Stakater's Reloader restarts the workloads that read the Secret when Vault has
   * another value. They need `reloader.stakater.com/search: "true"`. @default "none"
   */
  readonly restart?: "reloader" | "none";
}
