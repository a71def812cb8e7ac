import type { Wanted } from "./setUpDigests";

/** How this program reaches Vault, and what it is about to make of it. */
export interface VaultSession {
  readonly address: string;
  /** Authority of its certificate, PEM. Absent: the system's, or not known yet. */
  readonly ca?: string;
  /** The name in its certificate, where that is not the address. */
  readonly tlsServerName?: string;
  readonly wanted: Wanted;
}
