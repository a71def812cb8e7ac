// What of a Cluster that is somebody else's the stack could not work with.
import { X509Certificate } from "node:crypto";
import { queriesObject, QUERIES_KEY } from "../catalog/alertNames";
import { authoritySecret } from "../catalog/authorities";
import { limitConnections } from "../catalog/connections";
import { loginRole, roleObject, SLOTS } from "../catalog/names";
import { LAST_LINE, loginsAlone } from "../config/hostBased";
import type { Problem } from "../config/problem";
import { visible } from "../config/visible";
import { primaryHost, serviceHost } from "../kube/primary";
import type { PlannedService } from "../rotation/plan";
import { appliesNothing } from "./clusterState";
import { named } from "./marks";
import { isOwn, isOurs, markText } from "./ownership";
import type { ClusterFacts, PreflightRequest, ReadCluster } from "./types";

/** Problems: a Cluster that the stack cannot work with. Notes: lines that the Cluster's owner needs. */
export function checkExisting(
  planned: readonly PlannedService[],
  request: PreflightRequest,
  facts: ClusterFacts,
): { problems: Problem[]; notes: string[] } {
  if (request.cluster.existing === undefined) return { problems: [], notes: [] };
  const { existing: read, liveCluster: live } = facts;
  const deleted = leftBehind(request, facts);
  if (read === undefined || live === undefined) return { problems: [missing(request, facts), ...deleted], notes: [] };
  const { marks } = read;
  const path = `Cluster/${request.cluster.name}`;
  if (marks.owner !== undefined && !isOurs(marks, request))
    return {
      problems: [
        {
          path,
          message: `belongs to another state ${markText(marks)}, which has its roles, databases and rules`,
          remedy: "add the services there; if that state is to let go of it, its own `cluster.existing` does that",
        },
      ],
      notes: [],
    };
  return {
    problems: [
      ...deleted,
      ...twoWriters(planned, request, facts),
      ...(read.withoutServices.includes("rw")
        ? [
            {
              path,
              message: `is without the Service \`${request.cluster.name}-rw\` (\`spec.managed.services.disabledDefaultServices\`), which applications are led to`,
              remedy: "have `rw` taken out of that list",
            },
          ]
        : []),
      ...certificateNames(planned, request, facts, read),
      ...(live.held !== undefined && planned.length === 0
        ? [{ path, message: `is ${appliesNothing(live.held)}`, remedy: "end that first" }]
        : []),
    ],
    notes: [...linesFor(planned, request, read), ...queriesFor(request, read)],
  };
}

function missing({ cluster, namespace }: PreflightRequest, { otherClusters }: ClusterFacts): Problem {
  const names = (otherClusters ?? []).map(({ name }) => name);
  const others = names.length === 0 ? "" : ` (there are ${names.join(", ")})`;
  return {
    path: "cluster.existing",
    message: `the namespace ${namespace} has no Cluster \`${cluster.name}\`, or this account may not get it`,
    remedy: `correct the name${others}, set \`namespace\` to the Cluster's own, or grant \`get\` on it (\`npm run rbac\`); roles and databases are objects of the Cluster's namespace`,
  };
}

/** A Cluster that this state has made, and that the program would not have any more: the engine would delete it. */
function leftBehind(request: PreflightRequest, { otherClusters = [] }: ClusterFacts): Problem[] {
  return otherClusters
    .filter((one) => isOwn(one, request))
    .map(({ name }) => ({
      path: "cluster.existing",
      message: `is \`${request.cluster.name}\`, and this stack has made the Cluster \`${name}\`: the \`up\` would delete that, with every database in it`,
      remedy: `set \`existing: ${name}\` to let go of it as it is, or use another stack`,
    }));
}

/** An entry of the Cluster's inline list wins against a DatabaseRole, and has a password of its own. */
function twoWriters(planned: readonly PlannedService[], request: PreflightRequest, { existing, liveCluster }: ClusterFacts): Problem[] {
  const own = new Set(planned.flatMap(({ service }) => SLOTS.map((slot) => loginRole(service.role, slot))));
  const listed = (liveCluster?.managedRoles ?? []).filter((role) => own.has(role));
  if (listed.length === 0) return [];
  const isGivenBack = existing !== undefined && isOwn(existing.marks, request);
  return [
    {
      path: `Cluster/${request.cluster.name}`,
      message: `has ${listed.map((role) => `\`${role}\``).join(", ")} in its own \`spec.managed.roles\`: two would write ${listed.length === 1 ? "its" : "their"} password`,
      remedy: isGivenBack
        ? "it is still this stack's: take `existing` out, have the roles be objects first by `roleApi: databaseRole` and an `up`, then put it back (docs/existing-cluster.md)"
        : "have them taken out of that list: the roles stay in Postgres with the passwords that they have, which `services.<service>.adopt` takes over",
    },
  ];
}

/** A proof logs in by the host name that applications have, and so do clients that prove the server. */
function certificateNames(
  planned: readonly PlannedService[],
  { cluster, namespace }: PreflightRequest,
  { ownCertificate }: ClusterFacts,
  { furtherNames }: ReadCluster,
): Problem[] {
  const poolers = [...new Set(planned.flatMap(({ service }) => service.pooler ?? []))].map((name) => serviceHost(name, namespace));
  const path = `Cluster/${cluster.name}`;
  if (ownCertificate === undefined) {
    const without = poolers.filter((host) => !furtherNames.includes(host));
    if (without.length === 0) return [];
    return [
      {
        path,
        message: `its certificate does not have the names of the Poolers that services are led to: ${without.join(", ")}`,
        remedy: `have them added to its manifest: \`certificates: ${JSON.stringify({ serverAltDNSNames: [...furtherNames, ...without] })}\``,
      },
    ];
  }
  if (ownCertificate === "unknown") return [];
  const without = [primaryHost(cluster.name, namespace), ...poolers].filter((host) => !hasName(ownCertificate, host));
  if (without.length === 0) return [];
  return [
    {
      path,
      message: `the certificate that it shows, which is somebody's own (\`spec.certificates.serverTLSSecret\`), does not have the name ${without.join(", ")}: no login that proves the server would work`,
      remedy: "have it issued with that name among its DNS names",
    },
  ];
}

function hasName(pem: string, host: string): boolean {
  try {
    return new X509Certificate(pem).checkHost(host) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Lines of pg_hba.conf that this stack would write were the Cluster its own. Without them a service's login may try every database whose CONNECT PUBLIC has; a service's own
 * is closed by its proof.
 */
function linesFor(planned: readonly PlannedService[], { cluster }: PreflightRequest, { settings }: ReadCluster): string[] {
  const wanted = loginsAlone(
    planned.map(({ service }) => ({
      database: service.database,
      logins: SLOTS.map((slot) => loginRole(service.role, slot)),
      tls: service.tls.mode,
    })),
  );
  // A last line that refuses everybody does it, too.
  if (wanted.every((line, index) => settings.pgHba.includes(line) || (index === wanted.length - 1 && settings.pgHba.at(-1) === LAST_LINE)))
    return [];
  return [
    `Cluster/${cluster.name}: nothing in its pg_hba.conf keeps these services' logins to their own databases; Postgres itself keeps everybody else out of theirs. The Cluster's owner can add the lines that do, before all others of \`spec.postgresql\`: \`pg_hba: ${visible(JSON.stringify(wanted))}\``,
  ];
}

/** Alerts go by what the instances export of their roles. */
function queriesFor({ cluster, prometheusRule }: PreflightRequest, { queries }: ReadCluster): string[] {
  const name = queriesObject(cluster.name);
  if (!prometheusRule || queries.some((one) => one.name === name)) return [];
  const wanted = [...queries, { name, key: QUERIES_KEY }];
  return [
    `Cluster/${cluster.name}: its instances do not export what the alerts go by. The Cluster's owner can add in \`spec.monitoring\`: \`customQueriesConfigMap: ${visible(JSON.stringify(wanted))}\``,
  ];
}

/** Each with how many connections it may have, by what the Cluster allows in all. */
export function withLimits(
  planned: readonly PlannedService[],
  { existing }: ClusterFacts,
): { planned: readonly PlannedService[]; problems: Problem[] } {
  if (existing === undefined) return { planned, problems: [] };
  const limited = limitConnections(
    planned.map(({ service }) => ({ service, declared: service.hasShare ? undefined : service.connectionLimit })),
    existing.settings,
  );
  if ("problems" in limited)
    return {
      planned,
      problems: limited.problems.map((problem) => ({
        ...problem,
        remedy: problem.remedy.replace("raise `cluster.parameters.max_connections`", "have the Cluster's `max_connections` raised"),
      })),
    };
  return {
    planned: planned.map(({ plan }, index) => ({
      service: limited.services[index]!,
      // To drop a role is the inline list's: a former login keeps its object, and nobody logs in as it.
      plan: { ...plan, dropped: [] },
    })),
    problems: [],
  };
}

/** A role that keeps its object, without a password. */
export interface ClosedObject {
  readonly service: string;
  readonly object: string;
  readonly role: string;
}

/** Roles of this stack's that no login is: of services that are off, and of logins that are not in use. */
export function closedObjects(
  planned: readonly PlannedService[],
  off: readonly { readonly name: string; readonly role: string }[],
  request: PreflightRequest,
  { objects }: Pick<ClusterFacts, "objects">,
): ClosedObject[] {
  const own = new Set((objects.databaseroles ?? []).filter((one) => isOwn(one, request)).map(({ name }) => name));
  const unused = planned.flatMap(({ service, plan }) =>
    SLOTS.filter((slot) => slot !== "owner" && plan.logins.every((login) => login.slot !== slot)).map((slot) => ({ service, slot })),
  );
  return [...unused, ...off.flatMap((service) => SLOTS.map((slot) => ({ service, slot })))]
    .map(({ service, slot }) => ({ service: service.name, object: roleObject(service.name, slot), role: loginRole(service.role, slot) }))
    .filter(({ object }) => own.has(object));
}

/** What an earlier `up` of this state has made of the Cluster, and lets go of now. */
export interface LetGo {
  readonly scheduledBackups: readonly string[];
  /** Whether the Cluster signs with this stack's authority, which goes with it. */
  readonly authority: boolean;
}

export function letGo(request: PreflightRequest, { existing, liveCluster, objects, scheduledBackups = [] }: ClusterFacts): LetGo {
  if (existing === undefined) return { scheduledBackups: [], authority: false };
  const own = named(objects.secrets, authoritySecret(request.cluster.name));
  return {
    scheduledBackups: scheduledBackups.filter((one) => isOwn(one, request)).map(({ name }) => name),
    authority: own !== undefined && isOwn(own, request) && liveCluster?.provenBy === own.name,
  };
}
