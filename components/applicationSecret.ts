import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { loginRole } from "../catalog/names";
import type { Service } from "../catalog/service";
import type { RotationPlan } from "../rotation/plan";
import { renderKeys, type Connection } from "../catalog/connection";
import { encode } from "./encode";
import {
  AUTHORITIES_ANNOTATION,
  CHANGED_ANNOTATION,
  FIRST_ANNOTATION,
  GENERATION_ANNOTATION,
  LOGIN_ANNOTATION,
  NAMESPACES_ANNOTATION,
  PREVIOUS_ANNOTATION,
  PROTECTION_ANNOTATION,
  TEMPLATE_ANNOTATION,
  TLS_ANNOTATION,
} from "../kube/marks";
import type { ProvingAuthority } from "./authority/serverAuthority";
import { metadata, serviceHost, type Place } from "./metadata";
import type { RoleLogin } from "./roleLogin";

/** Postgres's port; CloudNativePG's services have no other. */
const PORT = 5432;

export interface ApplicationSecretArgs {
  service: Service;
  /** The Cluster's. */
  place: Place;
  /** Namespace of an application that is elsewhere. @default the Cluster's */
  into?: string;
  /** Name of the Cluster, which the host names begin with. Changing it changes the host in the Secret. */
  cluster: pulumi.Input<string>;
  /** What Postgres is proven by: the Secret changes with it. */
  authority: ProvingAuthority;
  plan: RotationPlan;
  /** The login whose turn it is. */
  login: RoleLogin;
  /** Resolved once Postgres accepts its password. */
  accepted: pulumi.Output<unknown>;
  /** Whether the Secret is to say that Pulumi refuses to delete it. */
  protect?: boolean | undefined;
}

/**
 * The Secret in which an application reads its credential, under the application's own name for it. Its marks say whose turn it is: the next rotation reads them. In another
 * namespace it has the same in it: hosts have the Cluster's namespace in their names, and are called so from everywhere.
 */
export function applicationSecret(args: ApplicationSecretArgs): k8s.core.v1.SecretArgs {
  const { service, place, into, authority, plan, login } = args;
  const { namespaces } = service;
  return {
    metadata: metadata(into === undefined ? place : { ...place, namespace: into }, service.secret, {
      service: service.name,
      labels: service.labels,
      annotations: {
        ...service.annotations,
        // Stakater's Reloader restarts what has `reloader.stakater.com/search: "true"` and reads a Secret with this.
        ...(service.restart === "reloader" ? { "reloader.stakater.com/match": "true" } : {}),
        [LOGIN_ANNOTATION]: login.role,
        ...(plan.previous ? { [PREVIOUS_ANNOTATION]: loginRole(service.role, plan.previous) } : {}),
        [GENERATION_ANNOTATION]: pulumi.runtime.isDryRun() ? plan.active.generation : login.generation,
        [FIRST_ANNOTATION]: plan.first,
        [CHANGED_ANNOTATION]: login.changedAt,
        [TLS_ANNOTATION]: service.tls.mode,
        [AUTHORITIES_ANNOTATION]: authority.authorities,
        ...(into === undefined && namespaces !== undefined ? { [NAMESPACES_ANNOTATION]: namespaces.join(",") } : {}),
        ...(service.template.mark === undefined ? {} : { [TEMPLATE_ANNOTATION]: service.template.mark }),
        ...(args.protect ? { [PROTECTION_ANNOTATION]: "protected" } : {}),
      },
    }),
    type: service.secretType,
    data: pulumi
      .all([login.password, args.cluster, place.namespace, authority.ca, args.accepted])
      .apply(([password, cluster, namespace, ca]) =>
        encode(renderKeys(service.template, service.optionalKeys, { ...connection(args, password, cluster, namespace), ca })),
      ),
  };
}

function connection(
  { service, login }: ApplicationSecretArgs,
  password: string,
  cluster: string,
  namespace: string,
): Omit<Connection, "ca"> {
  const host = (name: string) => serviceHost(name, { namespace });
  return {
    user: login.role,
    password,
    database: service.database,
    host: host(`${cluster}-rw`),
    port: PORT,
    hostReadOnly: host(`${cluster}-ro`),
    ...(service.pooler === undefined ? {} : { hostPooler: host(service.pooler) }),
    tls: service.tls,
  };
}
