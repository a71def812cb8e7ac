import { createHash, X509Certificate } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  authorityConfigMap,
  authoritySecret,
  CA_KEY,
  certificateEnd,
  endsSoon,
  writtenAuthorities,
  type AuthorityName,
} from "../../catalog/authorities";
import { AUTHORITIES_ANNOTATION } from "../../kube/marks";
import { encode } from "../encode";
import { metadata, type Place } from "../metadata";
import type { GivenAuthority } from "./given";
import { fingerprint, issueAuthority, type KeyPair } from "./issue";

export interface ServerAuthorityArgs {
  place: Place;
  /** Name of the Cluster. */
  cluster: string;
  /**
   * The first one signs what Postgres shows, and all are trusted. A change of the first has the server's certificate issued anew; one that is left out is forgotten,
   * with its key.
   */
  authorities: readonly AuthorityName[];
  /** Certificate of CloudNativePG's own authority, PEM, where it is among them. Absent in a preview that may not read it. */
  operator?: string;
  /**
   * Of a Cluster that is somebody else's: whether it goes on with an authority that this stack has made, whose Secret stays then, and is managed no more. Its
   * certificates are those in `operator`. Absent: the Cluster is the stack's own.
   */
  existing?: { letsGo: boolean };
  /** The authority of a lost state, by its number, as the cluster still has it: taken over once. */
  adopted?: Readonly<Record<number, KeyPair>>;
}

/** What Postgres is proven by. */
export interface ProvingAuthority {
  /** Certificates, PEM. */
  readonly ca: pulumi.Input<string>;
  /** Which they are, as a mark says it. */
  readonly authorities: string;
  /** The ConfigMap that has the same. */
  readonly configMap: pulumi.Input<string>;
}

/**
 * The authorities of the certificate that Postgres shows. Their keys are made once and kept in the state; CloudNativePG is given the one that signs, and renews the
 * server's certificate with it by itself. It is no authority of clients: those are CloudNativePG's own.
 */
export class ServerAuthority extends pulumi.ComponentResource implements ProvingAuthority {
  /** Certificates of all of them, PEM, the one that signs first. */
  readonly ca: pulumi.Output<string>;
  /** Which they are, as a mark says it. */
  readonly authorities: string;
  /** The ConfigMap that has the same. */
  readonly configMap: pulumi.Output<string>;
  /** Changes whenever they do. */
  readonly digest: pulumi.Output<string>;
  /** Absent where CloudNativePG has nothing but its own. */
  readonly given?: GivenAuthority;
  /** When the one that signs ends, as ISO 8601 writes it. CloudNativePG renews its own. */
  readonly endsAt?: pulumi.Output<string>;

  constructor(name: string, args: ServerAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ServerAuthority", name, {}, opts);
    const { place, cluster, authorities } = args;
    this.authorities = writtenAuthorities(authorities);
    const kept = new Map(
      authorities.filter((one) => one !== "operator").map((number) => [number, keptAuthority(name, number, args, this)] as const),
    );
    const certificates = authorities.map((one) =>
      one === "operator" ? operatorsOwn(args.operator) : pulumi.unsecret(kept.get(one)!.apply(({ cert }) => cert)),
    );
    const bundle = (of: readonly pulumi.Output<string>[]) => pulumi.all([...of]).apply((all) => all.join(""));
    this.ca = bundle(certificates);
    this.digest = this.ca.apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 16));
    const first = authorities.find((one) => one !== "operator");
    if (authorities[0] !== "operator") {
      const signs = kept.get(authorities[0]!)!;
      warnBeforeItsEnd(signs, this);
      this.endsAt = pulumi.unsecret(signs.apply(({ cert }) => certificateEnd(cert)));
    }
    if (first !== undefined) {
      const signing = kept.get(first)!;
      const secret = new k8s.core.v1.Secret(
        name,
        {
          metadata: metadata(place, authoritySecret(cluster), { labels: RELOAD }),
          // CloudNativePG signs with the key, and takes the first certificate to be its.
          data: pulumi
            .all([
              signing,
              bundle([pulumi.unsecret(signing.apply(({ cert }) => cert)), ...certificates.filter((_, at) => authorities[at] !== first)]),
            ])
            .apply(([{ key }, all]) => encode({ [CA_KEY]: all, "ca.key": key })),
        },
        { parent: this },
      );
      this.given = {
        secretName: secret.metadata.name,
        ...(authorities[0] === "operator"
          ? {}
          : { mark: pulumi.unsecret(signing.apply(({ cert }) => `${fingerprint(cert).slice(0, 32)}.authority.invalid`)) }),
      };
    }
    if (args.existing?.letsGo === true)
      k8s.core.v1.Secret.get(name, pulumi.interpolate`${place.namespace}/${authoritySecret(cluster)}`, { parent: this });
    // By this mark the next `up` sees that the state has no authority any more.
    const marks = args.existing === undefined ? {} : { annotations: { [AUTHORITIES_ANNOTATION]: this.authorities } };
    const published = new k8s.core.v1.ConfigMap(
      `${name}-certificates`,
      {
        metadata: metadata(place, authorityConfigMap(cluster), marks),
        data: { [CA_KEY]: this.ca },
      },
      { parent: this },
    );
    this.configMap = published.metadata.name;
    this.registerOutputs();
  }
}

/** CloudNativePG has instances take up a change of what is labelled so at once. */
const RELOAD = { "cnpg.io/reload": "true" };

/** An authority, made when it is first listed. A Stash keeps what it was given first, so that another one that is made here in every run is of no consequence. */
function keptAuthority(
  name: string,
  number: number,
  { place, cluster, adopted = {} }: ServerAuthorityArgs,
  parent: pulumi.Resource,
): pulumi.Output<KeyPair> {
  // A preview issues one, too: rules of policies could not judge a Cluster whose names are not known.
  const made =
    adopted[number] ??
    pulumi.output(place.namespace).apply((namespace) => issueAuthority(`${namespace}/${cluster} Postgres authority ${number}`));
  const stash = new pulumi.Stash(
    `${name}-${number}`,
    { input: pulumi.secret(pulumi.output(made)) },
    { parent, ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] },
  );
  return pulumi.secret(stash.output as pulumi.Output<KeyPair>);
}

/** Nothing replaces it by itself: that is said at every preview and `up`. */
function warnBeforeItsEnd(signing: pulumi.Output<KeyPair>, resource: pulumi.Resource): void {
  signing.apply(({ cert }) => {
    const { subject, validTo } = new X509Certificate(cert);
    const said = endsSoon(subject.replace("CN=", ""), new Date(validTo));
    if (said !== undefined) void pulumi.log.warn(said, resource);
  });
}

function operatorsOwn(cert: string | undefined): pulumi.Output<string> {
  if (cert !== undefined) return pulumi.output(cert);
  if (!pulumi.runtime.isDryRun()) throw new Error("CloudNativePG's own authority is among those that are trusted, and nobody has read it");
  return pulumi.output(pulumi.unknown as unknown as string);
}
