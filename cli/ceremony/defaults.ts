/** What a ceremony goes by where its command line says nothing. */
export interface CeremonyDefaults {
  /** The file of the record. */
  readonly record: string;
  /** Where Vault answers. */
  readonly address?: string;
  /** File with the authority that has signed its certificate. */
  readonly ca?: string;
  /** The name in its certificate, where that is not the address. */
  readonly tlsServerName?: string;
  /** Where the audit device writes. */
  readonly audit: string;
  readonly mount: string;
  readonly mirrorMount: string;
  readonly authMount: string;
  /** Of those that log in to Vault: what the bootstrap token may write. */
  readonly policies: readonly string[];
  /** How long the bootstrap token lives. */
  readonly tokenTtl: string;
}

/** The same names as a stack's configuration has by default. */
export function ceremonyDefaults(stack: string): CeremonyDefaults {
  return {
    record: `vault-ceremony-${stack}.json`,
    audit: "stdout",
    mount: "secret",
    mirrorMount: "mirror",
    authMount: "kubernetes",
    policies: ["ameide-vault", "ameide-vault-mirror", "ameide-vault-mirror-reader"],
    tokenTtl: "30m",
  };
}
