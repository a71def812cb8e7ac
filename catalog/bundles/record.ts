import type { ExternalSecretRecord } from "../externalSecret";

/** What needs Secrets from Vault and is no service with a database: one file a bundle, `satisfies BundleRecord`. Switched per stack. */
export interface BundleRecord {
  /** Name in the stack files, and the owner in Vault's paths: lower-case letters, digits and `-`. */
  readonly name: string;
  /** One sentence: what it is. */
  readonly description: string;
  /** Where its Secrets are. @default the stack's namespace */
  readonly namespace?: string;
  readonly externalSecrets: readonly ExternalSecretRecord[];
}
