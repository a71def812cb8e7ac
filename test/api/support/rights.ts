import type { Rule } from "./accounts";

/** The verbs that the documentation names. */
export const WRITES = ["get", "list", "create", "patch", "update", "delete"];

/** Rights on one kind, as a Role says them. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

const writes = (group: string, ...resources: string[]) => resources.map((resource): Right => ({ group, resource, verbs: WRITES }));
const CNPG = "postgresql.cnpg.io";

/**
 * The rights in the stack's namespace, as "Your own stacks" of the documentation names them, by
 * what asks for them.
 */
export const RIGHTS = {
  always: [
    ...writes("", "secrets", "configmaps"),
    ...writes("batch", "jobs"),
    ...writes(CNPG, "clusters", "databases", "databaseroles", "scheduledbackups"),
    { group: "", resource: "pods", verbs: ["get", "list", "watch"] },
  ],
  gates: [
    ...writes("", "serviceaccounts"),
    ...writes("batch", "cronjobs"),
    ...writes("rbac.authorization.k8s.io", "roles", "rolebindings"),
  ],
  vault: writes("external-secrets.io", "externalsecrets"),
} as const satisfies Record<string, readonly Right[]>;

/** Rights in the whole cluster, for a Vault of the stack's own. */
export const CLUSTER_RIGHTS: readonly Right[] = [
  ...writes("rbac.authorization.k8s.io", "clusterrolebindings"),
  ...writes("external-secrets.io", "clustersecretstores"),
];

/** The right to bind the one ClusterRole that Vault needs. */
export const BIND: Rule = {
  verbs: ["bind"],
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: ["clusterroles"],
  resourceNames: ["system:auth-delegator"],
};

export const ruleOf = ({ group, resource, verbs }: Right): Rule => ({ verbs, apiGroups: [group], resources: [resource] });
