import type { Ask } from "../kube/client";
import type { Problem } from "../config/problem";

/** What an account has to be allowed. */
export interface Right {
  readonly verb: string;
  /** The plural of a kind. */
  readonly kind: string;
  readonly group: string;
  /** The objects that are meant: rules for these names are enough. */
  readonly names?: readonly string[];
}

/** What making, changing and removing objects takes. To remove one, the provider lists those of its kind until it is gone. */
export const WRITE_VERBS = ["get", "list", "create", "patch", "update", "delete"] as const;
/**
 * What a kind's objects are asked of. A preview reads, and lists no Secrets: the provider does
 * without the API server's word on a change where the account may not try it.
 */
export function verbsOn(kind: string, isPreview: boolean | undefined): readonly string[] {
  return !isPreview ? WRITE_VERBS : kind === "secrets" ? ["get"] : ["get", "list"];
}

/** Kubernetes knows no name of what is to be made, and of none in a list. */
const NAMELESS: ReadonlySet<string> = new Set(["create", "list", "watch"]);

/** The rights to the objects of a kind. */
export function rightsTo(verbs: readonly string[], { kind, group }: Pick<Right, "kind" | "group">, names: readonly string[]): Right[] {
  return verbs.map((verb) => ({ verb, kind, group, ...(NAMELESS.has(verb) || names.length === 0 ? {} : { names }) }));
}

const review = (kind: string, spec: unknown) => ({ apiVersion: "authorization.k8s.io/v1", kind, spec });

/**
 * Those of the rights that the account does not have, as `create secrets`, or `get secrets one,two` where it has them to others. In a namespace, one question answers for all; what its answer lacks is asked singly, because an authorizer may not
 * be able to list its rules.
 * @param namespace Absent: cluster-wide.
 */
export async function findForbidden(ask: Ask, namespace: string | undefined, needed: readonly Right[]): Promise<string[]> {
  const { rules: granted, isWhole } = namespace === undefined ? { rules: [], isWhole: false } : await rulesIn(ask, namespace);
  const may = async ({ verb, kind, group }: Right, name?: string) => {
    const resourceAttributes = {
      ...(namespace === undefined ? {} : { namespace }),
      verb,
      group,
      resource: kind,
      ...(name === undefined ? {} : { name }),
    };
    const answer = await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      body: review("SelfSubjectAccessReview", { resourceAttributes }),
    });
    return answer.body.status?.allowed === true;
  };
  const lacking = needed.map((right) => ({ right, lacks: namesLacking(granted, right) })).filter(({ lacks }) => lacks.length > 0);
  const answers = await Promise.all(
    lacking.map(async ({ right, lacks }) => {
      const { verb, kind, names } = right;
      if (await may(right)) return [];
      if (names === undefined) return [`${verb} ${kind}`];
      // Where the rules are not all there is, or are not told: in the cluster, and where something else than RBAC decides.
      const denied = isWhole ? lacks : (await Promise.all(lacks.map(async (name) => ((await may(right, name)) ? [] : [name])))).flat();
      return denied.length === 0 ? [] : [`${verb} ${kind}${denied.length === names.length ? "" : ` ${denied.join(",")}`}`];
    }),
  );
  return answers.flat();
}

/** Those of a right's names that no rule grants; one without a name stands for any. */
function namesLacking(rules: readonly Rule[], right: Right): readonly string[] {
  const { names = [""] } = right;
  return rules.some((rule) => allows(rule, right)) ? [] : names.filter((name) => !rules.some((rule) => allows(rule, right, name)));
}

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

async function rulesIn(ask: Ask, namespace: string): Promise<{ rules: Rule[]; isWhole: boolean }> {
  const { status, body } = await ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    body: review("SelfSubjectRulesReview", { namespace }),
  });
  const rules = (body.status?.resourceRules ?? []) as Rule[];
  return { rules, isWhole: status < 300 && body.status?.incomplete !== true };
}

function allows(rule: Rule, { verb, group, kind }: Right, name?: string): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.some((entry) => entry === "*" || entry === value) ?? false;
  const isMeant = name === undefined ? !rule.resourceNames?.length : rule.resourceNames?.includes(name) === true;
  return isMeant && has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, kind);
}

/**
 * What an account may not do, a line for each kind.
 * @param forbidden As `findForbidden` has them.
 * @param namespace Absent: cluster-wide.
 */
export function missingRights(forbidden: readonly string[], namespace: string | undefined): Problem[] {
  const byKind = new Map<string, string[]>();
  for (const right of forbidden) {
    const [verb, kind, names] = right.split(" ") as [string, string, string?];
    const what = names === undefined ? kind : `${kind} (${names.replaceAll(",", ", ")})`;
    byKind.set(what, [...(byKind.get(what) ?? []), verb]);
  }
  return [...byKind].map(([kind, verbs]) => ({
    path: namespace === undefined ? "Cluster" : `Namespace/${namespace}`,
    message: `this account may not ${verbs.join(", ")} ${kind}`,
    remedy: `grant it a ${namespace === undefined ? "ClusterRole" : "Role"} that allows that (\`npm run rbac\` prints what it needs), or use another context`,
  }));
}
