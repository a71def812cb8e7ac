import { authorityConfigMap, authoritySecret, operatorAuthority } from "../../catalog/authorities";
import { workloadsOf } from "../pods";
import { clustersOf, loginsOf } from "../postgres";
import { namespaceOf, type Resource } from "../resource";
import { violation, type StackRule } from "../rule";

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

export const operatorSecrets: StackRule = {
  name: "operator-secrets",
  description:
    "No workload has a Secret of CloudNativePG's own: the superuser's, an authority's, the server's, replication's, the Poolers'.",
  level: "mandatory",
  checkStack(resources) {
    const powers = new Map<string, { power: string; instead: string }>(
      clustersOf(resources).flatMap(({ name, namespace }) =>
        POWERS.map(([of, power]) => [`${namespace}/${of(name)}`, { power, instead: authorityConfigMap(name) }] as const),
      ),
    );
    const superusers = new Set(
      resources.flatMap((resource) =>
        loginsOf(resource).flatMap(({ field, secret }) => (field.login === "superuser" ? [`${namespaceOf(resource)}/${secret}`] : [])),
      ),
    );
    return workloadsOf(resources).flatMap(({ resource, reference: { name, where } }) => {
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
