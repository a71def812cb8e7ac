import { authorityConfigMap, authoritySecret } from "../catalog/authorities";
import { queriesObject, ruleObject } from "../catalog/alertNames";
import { proofJob } from "../catalog/names";
import { clashes } from "../config/clashes";
import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import type { ClusterFacts, Kind, Marks, NamedAfter, PreflightRequest } from "./types";
import { isSameState } from "../kube/marks";
import { named } from "./marks";

/** What one of them is called. */
export const SINGULAR: Record<Kind, string> = {
  secrets: "Secret",
  jobs: "Job",
  clusters: "Cluster",
  databases: "Database",
  databaseroles: "DatabaseRole",
  scheduledbackups: "ScheduledBackup",
  prometheusrules: "PrometheusRule",
  configmaps: "ConfigMap",
};

const KEEP = "; to keep its password, set `services.<service>.adopt.secret` to its name";
/** What data depend on: somebody who has it wants to go on with it. */
const HANDED_OVER: ReadonlySet<Kind> = new Set(["clusters", "databases", "databaseroles", "scheduledbackups"]);

/** Whether an object was made by this state, or by the one that it takes over. */
export function isOurs(live: Marks, request: PreflightRequest): boolean {
  return isOwn(live, request) || isSameState(live.owner, request.takeOver);
}

/** Whether an object was made by this state, under whatever name. */
export function isOwn({ owner }: Marks, request: Pick<PreflightRequest, "owner">): boolean {
  return isSameState(owner, request.owner);
}

/** Whether an object was made by the other state that this one takes over. */
export function isTakenOver(live: Marks, request: PreflightRequest): boolean {
  return isOurs(live, request) && !isOwn(live, request);
}

/** A service's Secrets in other namespaces, those that are there and ours. */
export function liveCopies(
  { secret, namespaces = [] }: PreflightRequest["services"][number],
  request: PreflightRequest,
  facts: ClusterFacts,
): { namespace: string; marks: Marks }[] {
  return namespaces.flatMap((namespace) => {
    const place = request.elsewhere.findIndex((one) => one.isOfApplications === true && one.namespace === namespace);
    const { secrets = "unknown" } = facts.elsewhere[place]?.marks ?? {};
    const marks = secrets === "unknown" ? undefined : named(secrets, secret);
    return marks !== undefined && isOurs(marks, request) ? [{ namespace, marks }] : [];
  });
}

/** A mark as a refusal prints it: what `takeOver` is to be set to, and the name that the stack had. */
export function markText({ owner, stack }: Pick<Marks, "owner" | "stack">): string {
  return stack === undefined || owner?.split("/").includes(stack) ? `(${owner})` : `(${owner}) of the stack ${stack}`;
}

/** An object of a name that we are about to make is ours only with our mark: an interrupted run made it. Any other is left alone, and named. */
export function checkOwnership(request: PreflightRequest, facts: ClusterFacts): Problem[] {
  const problems: Problem[] = [];
  const others = new Map<string, string[]>();
  for (const { kind, name, adopted } of wantedObjects(request)) {
    const live = named(facts.objects[kind], name);
    if (live === undefined || isOurs(live, request)) continue;
    const path = `${SINGULAR[kind]}/${name}`;
    if (live.owner !== undefined) {
      const mark = markText(live);
      const found = others.get(mark) ?? [];
      found.push(path);
      others.set(mark, found);
    } else if (!adopted) {
      const keep =
        kind === "secrets" ? KEEP : HANDED_OVER.has(kind) ? "; to have it taken over as it is, see `npm run migrate -- plan`" : "";
      const message = `exists in ${request.namespace} and was not made by this program`;
      problems.push({ path, message, remedy: `remove it or rename it${keep}` });
    }
  }
  // A Job's pods cannot be changed, and a proof by another state is none of this one's passwords.
  const proofs = request.services.filter(({ name }) => {
    const job = named(facts.objects.jobs, proofJob(name));
    return job !== undefined && isTakenOver(job, request);
  });
  if (proofs.length > 0) {
    // By their names: whose label a Job has, anybody may say who may label one.
    problems.push({
      path: `Namespace/${request.namespace}`,
      message: `${proofs.length} Job${proofs.length === 1 ? "" : "s"} of the state that is taken over ${proofs.length === 1 ? "is" : "are"} still there, and cannot be changed`,
      remedy: `${commandLine("kubectl", "-n", request.namespace, "delete", "jobs", ...proofs.map(({ name }) => proofJob(name)))}: they are the records of former proofs`,
    });
  }
  // A whole stack's worth of them has one cause, and is one problem.
  for (const [mark, names] of others) {
    problems.push({
      path: `Namespace/${request.namespace}`,
      message: `${names.join(", ")} ${names.length === 1 ? "belongs" : "belong"} to another state ${mark}`,
      remedy: "use that state; if it is lost, see docs/runbooks/lost-state.md",
    });
  }
  return problems;
}

/** What of this stack would be one object with something else of it: each would overwrite the other. */
export function checkTwice(request: PreflightRequest): Problem[] {
  const here = wantedObjects(request).map(({ kind, name, of }) => ({ place: request.namespace, kind: SINGULAR[kind], name, of }));
  const elsewhere = request.elsewhere.flatMap(({ namespace = "the cluster", objects }) =>
    objects.map(({ resource: { kind }, name, of }) => ({ place: namespace, kind, name, of })),
  );
  const named = [...here, ...elsewhere].flatMap(({ place, kind, name, of }) =>
    of ? [{ names: [`${kind} ${place}/${name}`], ...of }] : [],
  );
  return clashes(named, "the object", "give one of them another name, or another namespace");
}

/** What the program makes in the stack's namespace, beside what is asked of elsewhere. */
export function wantedObjects(request: PreflightRequest): { kind: Kind; name: string; of: NamedAfter; adopted?: boolean }[] {
  const of = { what: "the Cluster", path: "cluster.name" };
  return [
    ...(request.cluster.existing
      ? []
      : [
          { kind: "clusters" as const, name: request.cluster.name, of },
          { kind: "secrets" as const, name: authoritySecret(request.cluster.name), of },
        ]),
    { kind: "configmaps", name: authorityConfigMap(request.cluster.name), of },
    ...request.scheduledBackups.map((name) => ({
      kind: "scheduledbackups" as const,
      name,
      of: { what: `the schedule ${name}`, path: `cluster.backup.schedules.${name}` },
    })),
    ...(request.prometheusRule
      ? [
          { kind: "prometheusrules" as const, name: ruleObject(request.cluster.name), of },
          { kind: "configmaps" as const, name: queriesObject(request.cluster.name), of },
        ]
      : []),
    ...request.services.flatMap(({ name, secret, roleSecrets, roleObjects, adopt }) => {
      const service = { what: `the service ${name}`, path: `services.${name}` };
      return [
        ...[secret, ...Object.values(roleSecrets)].map((object) => ({
          kind: "secrets" as const,
          name: object,
          of: service,
          adopted: adopt?.secret === object,
        })),
        { kind: "databases" as const, name, of: service },
        { kind: "jobs" as const, name: proofJob(name), of: service },
        ...(request.databaseRoles ? roleObjects.map((object) => ({ kind: "databaseroles" as const, name: object, of: service })) : []),
      ];
    }),
  ];
}
