import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Service } from "../catalog/service";
import { renderKeys } from "./connection";
import { metadata, type Placement } from "./metadata";

/** Postgres's port; CloudNativePG's services have no other. */
const PORT = 5432;
const PASSWORD_LENGTH = 32;

/** Where the password comes from. Both live in the state from then on. */
export type PasswordSource =
  | { readonly kind: "generated" }
  /** Taken over once from a Secret that is already there; `value` is looked at only until it is in the state. */
  | { readonly kind: "adopted"; readonly value: pulumi.Input<string> };

export interface ApplicationSecretArgs {
  service: Service;
  place: Placement;
  /** Name of the Cluster, which the host names begin with. Changing it changes the host in the Secret. */
  cluster: string;
  /** Changing it replaces the password. */
  password: PasswordSource;
}

/**
 * The credentials of one service: its password, kept in the state, and the Secret in which the application reads it, under the
 * application's own name for it. CloudNativePG reads the role's password from the same object, or, where the template asks for it, from a
 * second one. Changing the password updates the objects in place.
 */
export class ApplicationSecret extends pulumi.ComponentResource {
  /** What CloudNativePG reads: `username`, `password`. */
  readonly roleSecret: k8s.core.v1.Secret;

  constructor(name: string, args: ApplicationSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ApplicationSecret", name, {}, opts);
    const { service, place } = args;
    const password = makePassword(name, args.password, this);
    const application = password.apply((value) => encode(renderKeys(service.template, service.optionalKeys, connection(args, value))));
    const secret = (
      suffix: string,
      objectName: string,
      type: string,
      data: pulumi.Output<Record<string, string>>,
      reload: Record<string, string>,
    ) =>
      new k8s.core.v1.Secret(
        `${name}${suffix}`,
        {
          metadata: metadata(place, objectName, {
            service: service.name,
            labels: { ...service.labels, ...reload },
            annotations: service.annotations,
          }),
          type,
          data,
        },
        { parent: this },
      );

    if (service.template.object === "shared") {
      this.roleSecret = secret("", service.secret, service.secretType, application, RELOAD);
    } else {
      this.roleSecret = secret(
        "-role",
        service.roleSecret,
        "kubernetes.io/basic-auth",
        password.apply((value) => encode({ username: service.role, password: value })),
        RELOAD,
      );
      secret("", service.secret, service.secretType, application, {});
    }
    this.registerOutputs();
  }
}

/** The label with which CloudNativePG applies a changed Secret at once; without it, at its next resynchronisation. */
const RELOAD = { "cnpg.io/reload": "true" };

function makePassword(name: string, source: PasswordSource, parent: pulumi.Resource): pulumi.Output<string> {
  if (source.kind === "generated") {
    return new random.RandomPassword(`${name}-password`, { length: PASSWORD_LENGTH, special: false }, { parent }).result;
  }
  // A Stash keeps the first value it was given; what the old Secret says later, or that it is gone, no longer matters.
  const stash = new pulumi.Stash(
    `${name}-password`,
    { input: pulumi.secret(source.value) },
    { parent, ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] },
  );
  return (stash.output as pulumi.Output<string>).apply((value) => {
    if (value === "") throw new Error(`${name}: neither the state nor the cluster has the password to adopt`);
    return value;
  });
}

function connection({ service, place, cluster }: ApplicationSecretArgs, password: string): Parameters<typeof renderKeys>[2] {
  const host = (suffix: string) => `${suffix}.${place.namespace}.svc`;
  return {
    user: service.role,
    password,
    database: service.database,
    host: host(`${cluster}-rw`),
    port: PORT,
    hostReadOnly: host(`${cluster}-ro`),
    ...(service.pooler === undefined ? {} : { hostPooler: host(service.pooler) }),
    tls: service.tls,
  };
}

function encode(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]));
}
