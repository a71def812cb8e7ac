import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { issueCertificate } from "./issue";
import { encode } from "../encode";
import { metadata, type Placement } from "../metadata";
import { madeAt } from "../roleLogin";

export interface VaultCertificateArgs {
  place: Placement;
  /** Name of the Secret. */
  secret: string;
  /** DNS names of Vault. Changing them makes another certificate of the same authority. */
  names: readonly string[];
}

/** The first `up` in each period of so many days issues anew; a third of what a certificate is good for, so that two periods may pass without one. */
const RENEW_DAYS = 30;
/** Characters of 62 kinds: more than the 256 bits of a key. */
const SEED_LENGTH = 64;

/** A certificate for Vault and an authority of its own, in a Secret as cert-manager would write it. The authority's key is in no cluster. */
export class VaultCertificate extends pulumi.ComponentResource {
  readonly secret: k8s.core.v1.Secret;
  /** The authority's certificate, PEM. */
  readonly ca: pulumi.Output<string>;

  constructor(name: string, args: VaultCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:VaultCertificate", name, {}, opts);
    const seed = (of: string) =>
      new random.RandomPassword(`${name}-${of}-seed`, { length: SEED_LENGTH, special: false }, { parent: this }).result;
    // Another period is another certificate, by keys that stay: what trusts the former trusts the next.
    const period = String(Math.floor(Date.now() / (RENEW_DAYS * 86_400_000)));
    const since = new random.RandomUuid7(`${name}-since`, { keepers: { period } }, { parent: this }).result;
    const issued = pulumi
      .all([seed("authority"), seed("server"), since])
      .apply(([authority, server, id]) =>
        issueCertificate({ seeds: { authority, server }, names: args.names, since: wholeSeconds(madeAt(id)) }),
      );
    this.ca = pulumi.unsecret(issued.ca);
    this.secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: metadata(args.place, args.secret),
        type: "kubernetes.io/tls",
        data: issued.apply(({ ca, cert, key }) => encode({ "ca.crt": ca, "tls.crt": cert, "tls.key": key })),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** Certificates know no fractions. */
const wholeSeconds = (date: Date) => new Date(Math.floor(date.getTime() / 1000) * 1000);
