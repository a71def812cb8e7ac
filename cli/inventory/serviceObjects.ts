import { loginRole, SLOTS } from "../../catalog/names";
import { MAY } from "../../catalog/profiles";
import type { Service } from "../../catalog/service";
import { BOOTSTRAP } from "../../vault/names";
import { lastingSlots } from "../../rotation/plan";
import { declarationOf } from "./databases";
import type { Scope } from "./scope";
import type { Owned } from "./types";

/** What a service has in Postgres, and what is restarted for it. */
export function ownedByService(scope: Scope, service: Service): Owned[] {
  return [...roles(scope, service), ...(service.profile === undefined ? [database(scope, service)] : []), ...workloads(scope, service)];
}

/**
 * The role that owns the database or has a profile in it, and, where logins alternate, its members.
 */
function roles(scope: Scope, service: Service): Owned[] {
  const alternates = service.rotation.strategy === "alternating";
  const { attributes = [], memberOf = [] } = service;
  const more = [
    ...attributes.map((attribute) => attribute.toUpperCase()),
    ...(memberOf.length === 0 ? [] : [`a member of ${memberOf.join(", ")}`]),
  ];
  const limit = service.connectionLimit === -1 ? [] : [`at most ${service.connectionLimit} connections`];
  return SLOTS.filter((slot) => slot === "owner" || lastingSlots(service).includes(slot)).map((slot) => {
    const facts =
      slot === "owner"
        ? [rightsOf(service), alternates ? "no login: its members log in" : "logs in", ...more, ...limit]
        : [`a member of ${service.role}`, "logs in, in turns with the other", ...limit];
    return { kind: "role", name: loginRole(service.role, slot), object: declarationOf(scope, service, slot), facts };
  });
}

function rightsOf({ database, profile }: Service): string {
  return profile === undefined ? `owns the database ${database}` : `may ${MAY[profile.kind](database)}`;
}

function database({ stack: { namespace } }: Scope, service: Service): Owned {
  const { name, role, tls, pooler, extensions, schemas, bootstrapOwner } = service;
  return {
    kind: "database",
    name: service.database,
    object: `Database ${namespace}/${name}`,
    facts: [
      `${role} and its members may connect${tls.mode === "prefer" ? "" : ", over TLS only"}`,
      ...(pooler === undefined ? [] : [`clients come through the Pooler ${namespace}/${pooler}`]),
      ...extensions.map(
        ({ name: extension, version, schema }) =>
          `extension ${extension}${version === undefined ? "" : ` ${version}`}${schema === undefined ? "" : ` in the schema ${schema}`}`,
      ),
      ...schemas.map((schema) => `schema ${schema}`),
      ...(bootstrapOwner ? ["made with the Cluster"] : []),
      "kept when the service is turned off",
    ],
  };
}

function workloads({ stack }: Scope, { workloads: all, restart }: Service): Owned[] {
  return all.map(({ kind, name, namespace = stack.namespace }) => ({
    kind: "workload",
    name,
    object: `${kind} ${namespace}/${name}`,
    facts: [RESTARTS[restart], `by hand: \`kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}\``],
  }));
}

const RESTARTS: Readonly<Record<Service["restart"], string>> = {
  rollout: "restarted by `pulumi up` when its credential is another",
  reloader: "restarted by Reloader when its credential is another",
  none: "not restarted when its credential is another",
};

/** The Cluster itself. */
export function ownedByCluster({ stack: { namespace, cluster } }: Scope): Owned[] {
  const facts = [
    `${cluster.instances} instance${cluster.instances === 1 ? "" : "s"}`,
    `superuser access: ${cluster.superuserAccess}`,
    cluster.protection === "protected" ? "Pulumi does not delete it" : "goes with the stack",
  ];
  return [{ kind: "cluster", name: cluster.name, object: `Cluster ${namespace}/${cluster.name}`, facts }];
}

/** A Vault of the stack's own, and the way to it. */
export function ownedByVault({ stack: { vault }, setUp }: Scope): Owned[] {
  if (vault?.server.kind !== "deployed") return [];
  const { server, configuration } = vault;
  const setUpBy = { cronJob: "initialised, unsealed and set up by a CronJob", pulumi: "set up by `pulumi up`", hand: "set up by hand" };
  const object = `StatefulSet ${server.namespace}/${server.name}`;
  return [
    { kind: "server", name: server.name, object, facts: [`sealed by ${server.seal.type}`, setUpBy[configuration.by]] },
    ...(configuration.by === "cronJob"
      ? [{ kind: "bootstrap", name: BOOTSTRAP, object: `CronJob ${server.namespace}/${BOOTSTRAP}`, facts: [] }]
      : []),
    ...(setUp?.stores ?? []).map(({ name, namespace, paths }): Owned => ({
      kind: "store",
      name,
      object: `ClusterSecretStore ${name}`,
      facts: [`what ExternalSecrets of ${namespace} fetch through: ${paths.length} ${paths.length === 1 ? "path" : "paths"}`],
    })),
  ];
}
