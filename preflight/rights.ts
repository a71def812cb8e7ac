import type { Ask } from "../kube/client";
import type { Problem } from "../config/problem";

/** What an account has to be allowed. */
export interface Right {
  readonly verb: string;
  /** The plural of a kind. */
  readonly kind: string;
  readonly group: string;
}

/** What making, changing and removing objects takes; previews too, since the provider has the API server try each change. */
export const WRITE_VERBS = ["get", "list", "create", "patch", "update", "delete"] as const;

const review = (kind: string, spec: unknown) => ({ apiVersion: "authorization.k8s.io/v1", kind, spec });

/**
 * Those of the rights that the account does not have, as `create secrets`. In a namespace, one question answers for all; what its answer lacks is asked singly, because an authorizer may not
 * be able to list its rules.
 * @param namespace Absent: cluster-wide.
 */
export async function findForbidden(ask: Ask, namespace: string | undefined, needed: readonly Right[]): Promise<string[]> {
  const granted = namespace === undefined ? [] : await rulesIn(ask, namespace);
  const missing = needed.filter(({ verb, kind, group }) => !granted.some((rule) => allows(rule, verb, group, kind)));
  const answers = await Promise.all(
    missing.map(async ({ verb, kind, group }) => {
      const resourceAttributes = { ...(namespace === undefined ? {} : { namespace }), verb, group, resource: kind };
      const answer = await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        body: review("SelfSubjectAccessReview", { resourceAttributes }),
      });
      return answer.body.status?.allowed === true ? [] : [`${verb} ${kind}`];
    }),
  );
  return answers.flat();
}

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

async function rulesIn(ask: Ask, namespace: string): Promise<Rule[]> {
  const rules = await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    body: review("SelfSubjectRulesReview", { namespace }),
  });
  return (rules.body.status?.resourceRules ?? []) as Rule[];
}

function allows(rule: Rule, verb: string, group: string, kind: string): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.some((entry) => entry === "*" || entry === value) ?? false;
  return !rule.resourceNames?.length && has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, kind);
}

/**
 * What an account may not do, a line for each kind.
 * @param forbidden As `findForbidden` has them.
 * @param namespace Absent: cluster-wide.
 */
export function missingRights(forbidden: readonly string[], namespace: string | undefined): Problem[] {
  const byKind = new Map<string, string[]>();
  for (const right of forbidden) {
    const [verb, kind] = right.split(" ") as [string, string];
    byKind.set(kind, [...(byKind.get(kind) ?? []), verb]);
  }
  return [...byKind].map(([kind, verbs]) => ({
    path: namespace === undefined ? "Cluster" : `Namespace/${namespace}`,
    message: `this account may not ${verbs.join(", ")} ${kind}`,
    remedy: `grant it a ${namespace === undefined ? "ClusterRole" : "Role"} that allows that, or use another context`,
  }));
}
