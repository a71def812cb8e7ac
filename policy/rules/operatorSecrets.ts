import { authorityConfigMap, authoritySecret, operatorAuthority } from "../../catalog/authorities";
import { workloadsOf } from "../pods";
import { clustersOf, loginsOf } from "../postgres";
import { CNPG, EXTERNAL_SECRETS } from "../../kube/kinds/groups";
import { EXCHANGES } from "../../kube/kinds/secretFields";
import { kindOf, namespaceOf, type Resource } from "../resource";
import { violation, type StackRule } from "../rule";
import { text } from "../values";

const SUPERUSER = "-superuser";

/**
 * What may be done with each Secret that CloudNativePG keeps for a Cluster, or is given for it, and
 * that no workload needs.
 */
const POWERS: readonly (readonly [of: (cluster: string) => string, power: string])[] = [
  [operatorAuthority, "with whose key it may sign itself in as replication or as a Pooler"],
  [authoritySecret, "with whose key it may be Postgres to every client"],
  [(cluster) => `${cluster}-server`, "with whose key it may be Postgres to every client"],
  [(cluster) => `${cluster}-replication`, "with which it may copy every database"],
  [(cluster) => `${cluster}-pooler`, "with which it may read what every password is checked by"],
];

/** Fields of a Cluster that name Secrets in the place of these. */
const NAMED: readonly (readonly [field: string, power: string])[] = [
  ["clientCASecret", "with whose key it may sign itself in as replication or as a Pooler"],
  ["replicationTLSSecret", "with which it may copy every database"],
  ["serverCASecret", "with whose key it may be Postgres to every client"],
  ["serverTLSSecret", "with whose key it may be Postgres to every client"],
];

interface Power {
  readonly power: string;
  readonly instead: string;
}

/**
 * By `<namespace>/<name>`. A Cluster that is somebody else's is known by the objects that name it.
 */
function powersOf(resources: readonly Resource[]): Map<string, Power> {
  const named = resources.flatMap((resource) => {
    const name = kindOf(resource)?.group === CNPG.group ? text(resource.props, "spec", "cluster", "name") : undefined;
    return name === undefined ? [] : [{ name, namespace: namespaceOf(resource) }];
  });
  const clusters = clustersOf(resources);
  return new Map([
    ...[...named, ...clusters].flatMap(({ name, namespace }) =>
      POWERS.map(([of, power]) => [`${namespace}/${of(name)}`, { power, instead: authorityConfigMap(name) }] as const),
    ),
    ...clusters.flatMap(({ resource, name, namespace }) =>
      NAMED.flatMap(([field, power]) => {
        const secret = text(resource.props, "spec", "certificates", field);
        return secret === undefined ? [] : [[`${namespace}/${secret}`, { power, instead: authorityConfigMap(name) }] as const];
      }),
    ),
  ]);
}

/** The Secrets that are copied out of the cluster. */
function pushedOf(resources: readonly Resource[]): ReturnType<typeof workloadsOf> {
  return resources.flatMap((resource) => {
    const { group, kind = "" } = kindOf(resource) ?? {};
    const place = group === EXTERNAL_SECRETS.group && kind.endsWith("PushSecret") ? EXCHANGES[kind] : undefined;
    const name = place === undefined ? undefined : text(resource.props, ...place, "selector", "secret", "name");
    if (place === undefined || name === undefined) return [];
    return [{ resource, reference: { name, keys: [], where: [...place, "selector.secret"].join("."), optional: false } }];
  });
}

export const operatorSecrets: StackRule = {
  name: "operator-secrets",
  description:
    "No workload and no copy has a Secret of CloudNativePG's own: the superuser's, an authority's, the server's, replication's, the Poolers'.",
  level: "mandatory",
  checkStack(resources) {
    const powers = powersOf(resources);
    const superusers = new Set(
      resources.flatMap((resource) =>
        loginsOf(resource).flatMap(({ field, secret }) => (field.login === "superuser" ? [`${namespaceOf(resource)}/${secret}`] : [])),
      ),
    );
    return [...workloadsOf(resources, "with patches"), ...pushedOf(resources)].flatMap(({ resource, reference: { name, where } }) => {
      const place = `${namespaceOf(resource)}/${name}`;
      if (name.endsWith(SUPERUSER) || superusers.has(place)) return [ofSuperuser(resource, name, where)];
      const found = powers.get(place);
      if (found === undefined) return [];
      return [
        violation(
          resource,
          `reads ${name}, ${found.power}`,
          `have it prove Postgres by \`ca.crt\` of the application's own Secret, or of the ConfigMap ${found.instead}`,
          where,
        ),
      ];
    });
  },
};

function ofSuperuser(resource: Resource, name: string, where: string) {
  return violation(
    resource,
    `reads ${name}, with which it may do everything in every database`,
    "have it log in with a service's own Secret; the superuser's is for maintenance and emergencies, by hand",
    where,
  );
}
