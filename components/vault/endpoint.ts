import type * as pulumi from "@pulumi/pulumi";

/** A Vault as the cluster reaches it. */
export interface VaultEndpoint {
  /** `https://…` */
  address: string;
  /** Authority of its certificate, PEM. Absent: the system's. */
  ca?: pulumi.Input<string>;
  /** The same where it is in a Secret (key `ca.crt`) that this program does not read. */
  caSecret?: { name: string; namespace: string };
  /** What has to be there before anybody may expect an answer: the server, what unsealed and configured it. */
  ready: readonly pulumi.Resource[];
}
