import type * as pulumi from "@pulumi/pulumi";

/** What a server is proven by. */
export interface Authority {
  /** Certificates of the authorities, PEM. */
  certificates: string;
  /** The ConfigMap, beside the Cluster, that has the same under `ca.crt`. */
  configMap: string;
}

/** The authority that signs the certificate with which Postgres shows itself. */
export interface GivenAuthority {
  /** Name of the Secret with its `ca.crt`, and `ca.key` (EC, as SEC 1). */
  secretName: pulumi.Input<string>;
  /**
   * A host name that nobody has. CloudNativePG issues the certificate anew when the names in it
   * change, and not when the authority does: this one is of the authority that is to have signed.
   */
  mark?: pulumi.Input<string>;
}
