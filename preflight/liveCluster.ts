import { leadsToReplicas } from "../catalog/shapes";
import { named } from "./marks";
import { loginRole, roleObject, roleSecret, SLOTS } from "../catalog/names";
import type { Service } from "../catalog/service";
import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import { secretOfFirstOwner } from "../kube/bootstrap";
import { kubectlKind, CNPG } from "../kube/kinds/groups";
import { hasRotated, type PlannedService } from "../rotation/plan";
import { appliesNothing, type LiveCluster } from "./clusterState";
import { isOwn } from "./ownership";
import type { ClusterFacts, Marks, PreflightReport, PreflightRequest } from "./types";

/**
 * What the living Cluster would make of changed passwords: whether it applies them at all, and
 * whether something sets a former one back.
 *
 * @param rotated services that are given another credential
 */
export function checkLiveCluster(
  planned: readonly PlannedService[],
  rotated: ReadonlySet<string>,
  request: PreflightRequest,
  { live, credentials }: { live: LiveCluster | undefined; credentials: PreflightReport["credentials"] },
): { problems: Problem[]; notes: string[] } {
  if (live === undefined) return { problems: [], notes: [] };
  const found = [
    ...held(planned, rotated, request, live, credentials),
    ...names(planned, request, live),
    ...planned.flatMap((one) => setsBack(one, rotated, request, live)),
  ];
  const endsInIt = planned.some((one) => rotated.has(one.service.name) && !one.plan.provenFirst);
  return {
    problems: found.flatMap(({ problem, isNote }) => (isNote ? [] : [problem])),
    notes: [
      ...found.flatMap(({ problem: { path, message, remedy }, isNote }) => (isNote ? [`${path}: ${message}; ${remedy}`] : [])),
      ...(live.isPending && live.held === undefined && endsInIt
        ? [
            `Cluster/${request.cluster.name}: is not ready; passwords are applied all the same, and this \`up\` waits for it (\`cluster.readyTimeout\`) when they are`,
          ]
        : []),
    ],
  };
}

interface Found {
  readonly problem: Problem;
  /** Whether nothing is lost by it in this run. */
  readonly isNote: boolean;
}

/** A Cluster in which nothing is applied: a password that is changed in it would end, unseen, when it wakes up. */
function held(
  planned: readonly PlannedService[],
  rotated: ReadonlySet<string>,
  { cluster }: PreflightRequest,
  { held }: LiveCluster,
  credentials: PreflightReport["credentials"],
): Found[] {
  if (held === undefined) return [];
  const isNote = planned.every(({ service }) => !rotated.has(service.name) && credentials[service.name]?.application !== undefined);
  return [
    {
      isNote,
      problem: {
        path: `Cluster/${cluster.name}`,
        message: `is ${appliesNothing(held)}: CloudNativePG applies no password, role or database in it`,
        remedy: "end that first, then add or rotate services",
      },
    },
  ];
}

/** Names that clients are told, and that the Cluster does without, or its certificate does not have. */
function names(planned: readonly PlannedService[], { cluster }: PreflightRequest, live: LiveCluster): Found[] {
  const problem = (path: string, message: string, remedy: string): Found => ({ isNote: false, problem: { path, message, remedy } });
  return planned.flatMap(({ service }) => [
    ...(leadsToReplicas(service) && live.withoutServices?.includes("ro")
      ? [
          problem(
            `services.${service.name}.${service.optionalKeys.includes("readOnly") ? "keys" : "template"}`,
            `${service.optionalKeys.includes("readOnly") ? "`readOnly`" : "`{hostReadOnly}`"} leads to the Service \`${cluster.name}-ro\`, which the Cluster is without (\`spec.managed.services.disabledDefaultServices\`)`,
            service.optionalKeys.includes("readOnly")
              ? "take `ro` out of that list, or `readOnly` out of the keys"
              : "take `ro` out of that list, or choose another template",
          ),
        ]
      : []),
    ...(service.pooler !== undefined && live.ownCertificate !== undefined
      ? [
          problem(
            `services.${service.name}.pooler`,
            `the name of \`${service.pooler}\` cannot be put into the certificate of the Cluster, which is somebody's own (\`spec.certificates.serverTLSSecret: ${live.ownCertificate}\`): CloudNativePG refuses \`serverAltDNSNames\` beside it`,
            "take `serverTLSSecret` out of the Cluster, or leave `pooler` out",
          ),
        ]
      : []),
  ]);
}

/** What a Cluster was made with holds for good: CloudNativePG applies that Secret at each start of a primary. */
function setsBack(
  { service, plan }: PlannedService,
  rotated: ReadonlySet<string>,
  request: PreflightRequest,
  { firstOwner }: LiveCluster,
): Found[] {
  const { cluster, namespace, services } = request;
  const wanted = named(services, service.name)?.roleSecrets.owner;
  if (firstOwner?.role !== service.role || wanted === undefined || firstOwner.secret === wanted) return [];
  const patch = ["--type=merge", "-p", JSON.stringify(secretOfFirstOwner(firstOwner, wanted))];
  return [
    {
      isNote: !rotated.has(service.name) && !hasRotated(plan) && service.rotation.strategy === "inPlace",
      problem: {
        path: `Cluster/${cluster.name}`,
        message: `was bootstrapped (\`${firstOwner.way}\`) with \`${service.role}\` as owner and the Secret \`${firstOwner.secret}\`, from which CloudNativePG sets the password back at each start of a primary`,
        remedy: `lead it to the role's own Secret, which restarts nothing: \`${commandLine("kubectl", "patch", "-n", namespace, kubectlKind("clusters", CNPG), cluster.name, ...patch)}\``,
      },
    },
  ];
}

/**
 * Roles of services that are off, of which an earlier `up` of this state has made some: those that
 * its Cluster lists, and those whose objects or Secrets are there, which this `up` removes. What
 * somebody else's Cluster lists may be in use, until it is taken over.
 *
 * @param off Their own roles; each may have two logins besides.
 */
export function closedRoles(
  off: readonly Pick<Service, "name" | "role">[],
  request: Pick<PreflightRequest, "cluster" | "owner">,
  { objects, liveCluster }: Pick<ClusterFacts, "objects" | "liveCluster">,
): string[] {
  const isMade = (all: readonly Marks[] | undefined, name: string) => {
    const marks = named(all, name);
    return marks !== undefined && isOwn(marks, request);
  };
  if (!isMade(objects.clusters, request.cluster.name)) return [];
  const listed = new Set(liveCluster?.managedRoles);
  return off.flatMap(({ name, role }) => {
    const logins = SLOTS.filter(
      (slot) => isMade(objects.databaseroles, roleObject(name, slot)) || isMade(objects.secrets, roleSecret(name, slot)),
    ).map((slot) => loginRole(role, slot));
    // The owner of two logins has neither.
    const made = new Set(logins.length === 0 ? [] : [role, ...logins]);
    return SLOTS.map((slot) => loginRole(role, slot)).filter((one) => listed.has(one) || made.has(one));
  });
}
