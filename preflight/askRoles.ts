import { CA_KEY, operatorAuthority } from "../catalog/authorities";
import { loginRole, roleSecret, SLOTS } from "../catalog/names";
import { commandLine } from "../config/commandLine";
import type { Problem } from "../config/problem";
import { visible } from "../config/visible";
import type { Ask, Client } from "../kube/client";
import { primaryHost } from "../kube/primary";
import type { PlannedService } from "../rotation/plan";
import type { DeclaredRole, LiveCluster } from "./clusterState";
import { named } from "./marks";
import { isOurs, isOwn } from "./ownership";
import type { LiveRole } from "./postgres/catalogue";
import type { PostgresLogin } from "./postgres/session";
import { lossesOf, problemsOfLosses, type RolesAsTheyAre } from "./takenRoles";
import type { ClusterFacts, PreflightRequest } from "./types";

/** Logins that are tried, and no more: each may take as long as a network does. */
const MOST_LOGINS = 3;

/** What the check takes from elsewhere. */
export interface RolesWanted {
  /** The cluster, as it has been asked already. */
  readonly client: Client;
  /** First passwords, by service. */
  readonly adopted: Readonly<Record<string, string>>;
  /** The stack's own lines of pg_hba.conf. */
  readonly pgHba: readonly string[];
}

/**
 * What roles that are in Postgres already would lose by being taken over: nothing of it is lost
 * unless the stack's file, or the record, says so. Postgres is asked where there is such a role, or
 * may be, and nowhere else.
 */
export async function checkTakenRoles(
  planned: readonly PlannedService[],
  request: PreflightRequest,
  facts: ClusterFacts,
  { client, adopted, pgHba }: RolesWanted,
): Promise<{ problems: Problem[]; notes: string[] }> {
  const { liveCluster: live } = facts;
  const marks = named(facts.objects.clusters, request.cluster.name);
  // One of somebody else's is refused for that, unless the stack is to live in it.
  if (live === undefined || marks === undefined || (!isOurs(marks, request) && !request.cluster.existing))
    return { problems: [], notes: [] };
  const managed = rolesTakenBefore(planned, request, facts);
  const fresh = planned.filter(({ service }) => !managed.has(service.role));
  if (fresh.length === 0) return { problems: [], notes: [] };
  const found = await rolesAsTheyAre(planned, request, { facts, live, adopted, ask: client.ask });
  if ("reason" in found) {
    // What the Cluster says of them, somebody has meant.
    const said = lossesOf(planned, { roles: (live.declaredRoles ?? []).map(asDeclared), databases: [] }, { pgHba, managed });
    return { problems: problemsOfLosses(said.losses), notes: [unknown(fresh, request, live, found.reason), ...said.notes] };
  }
  const { losses, notes } = lossesOf(planned, found, { pgHba, managed });
  return { problems: problemsOfLosses(losses), notes: [...notes] };
}

/** The roles that this state has CloudNativePG look after. */
export function rolesTakenBefore(
  planned: readonly PlannedService[],
  request: Pick<PreflightRequest, "cluster" | "owner">,
  { objects, liveCluster }: Pick<ClusterFacts, "objects" | "liveCluster">,
): Set<string> {
  const marks = named(objects.clusters, request.cluster.name);
  const inline = marks !== undefined && isOwn(marks, request) ? (liveCluster?.managedRoles ?? []) : [];
  const own = (objects.databaseroles ?? []).filter((one) => isOwn(one, request)).map(({ name }) => name);
  const ofObjects = planned.flatMap(({ plan }) => plan.logins.flatMap(({ object, role }) => (own.includes(object) ? [role] : [])));
  // A role's Secret is made before its role, whichever of CloudNativePG's ways the stack goes by.
  const ofSecrets = planned.flatMap(({ service, plan }) =>
    plan.logins.flatMap(({ slot, role }) => {
      const marks = named(objects.secrets, roleSecret(service.name, slot));
      return marks !== undefined && isOwn(marks, request) ? [service.role, role] : [];
    }),
  );
  return new Set([...inline, ...ofObjects, ...ofSecrets]);
}

/** A role as the Cluster's inline list has it, with CloudNativePG's defaults. */
function asDeclared(role: DeclaredRole): LiveRole {
  const { name, login = false, superuser = false, createdb = false, createrole = false, replication = false, bypassrls = false } = role;
  const { inherit = true, connectionLimit = -1, validUntil = null, inRoles = [] } = role;
  const rights = { login, superuser, createdb, createrole, replication, bypassrls, inherit };
  return { name, ...rights, connectionLimit, validUntil, expired: false, memberOf: inRoles, usedIn: [] };
}

/** Said loudly: what nobody has looked at is taken away all the same. */
function unknown(fresh: readonly PlannedService[], request: PreflightRequest, { primary }: LiveCluster, reason: string): string {
  const names = fresh.map(({ service }) => service.role);
  const psql = ["psql", "-Xc", `\\du (${names.join("|")})`, "-c", "\\drds"];
  const look = commandLine(
    "kubectl",
    "exec",
    "-n",
    request.namespace,
    primary ?? `${request.cluster.name}-1`,
    "-c",
    "postgres",
    "--",
    ...psql,
  );
  return `Cluster/${request.cluster.name}: NOT CHECKED what the roles ${names.join(", ")} have in Postgres, should they be there (${reason}): the \`up\` takes every attribute, membership, connection limit and VALID UNTIL away that neither record nor stack's file names (\`attributes\`, \`memberOf\`, \`connectionLimit\`); look before, with \`${look}\``;
}

async function rolesAsTheyAre(
  planned: readonly PlannedService[],
  request: PreflightRequest,
  { facts, live, adopted, ask }: { facts: ClusterFacts; live: LiveCluster; adopted: RolesWanted["adopted"]; ask: Ask },
): Promise<RolesAsTheyAre | { readonly reason: string }> {
  if (live.primary === undefined) return { reason: "it has no primary" };
  try {
    const logins = await loginsFor(ask, planned, request, facts, adopted);
    if (logins.length === 0) return { reason: "no service has a password to look with" };
    const secret = await readSecret(ask, request.namespace, live.provenBy ?? operatorAuthority(request.cluster.name));
    const ca = secret?.[CA_KEY];
    if (ca === undefined) return { reason: "the authority of its certificate is not there, or may not be read" };
    // The whole of the Kubernetes client and Postgres's: loaded where they are needed.
    const { readRoles } = await import("./postgres/read");
    return await readRoles(request, { namespace: request.namespace, pod: live.primary, ca }, logins);
  } catch (error) {
    return { reason: visible((error as Error).message) };
  }
}

/** The passwords of services that are here already, and those that are taken over, whose roles may not be there yet. */
async function loginsFor(
  ask: Ask,
  planned: readonly PlannedService[],
  request: PreflightRequest,
  facts: ClusterFacts,
  adopted: RolesWanted["adopted"],
): Promise<PostgresLogin[]> {
  const host = primaryHost(request.cluster.name, request.namespace);
  const given = planned.flatMap(({ service: { name, role, database } }): PostgresLogin[] => {
    const password = adopted[name];
    return password === undefined ? [] : [{ user: currentLogin(name, role, request, facts), password, database, host }];
  });
  const secrets = planned.flatMap(({ service: { database }, plan }) => {
    const secret = named(facts.objects.secrets, plan.active.secret);
    return secret !== undefined && isOwn(secret, request) ? [{ database, secret: secret.name }] : [];
  });
  const read = await Promise.all(
    secrets.slice(0, MOST_LOGINS - 1).map(async ({ database, secret }): Promise<PostgresLogin[]> => {
      const { username: user, password } = (await readSecret(ask, request.namespace, secret)) ?? {};
      return user === undefined || password === undefined ? [] : [{ user, password, database, host }];
    }),
  );
  return [...read.flat(), ...given].slice(0, MOST_LOGINS);
}

/** Of a state that is taken over, one of two logins may be in use. */
function currentLogin(service: string, role: string, request: PreflightRequest, { objects }: ClusterFacts): string {
  const application = named(request.services, service)?.secret;
  const login = named(objects.secrets, application)?.login;
  return SLOTS.map((slot) => loginRole(role, slot)).find((one) => one === login) ?? role;
}

async function readSecret(ask: Ask, namespace: string, name: string): Promise<Record<string, string> | undefined> {
  const answer = await ask("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`);
  if (answer.status !== 200) return undefined;
  const data = (answer.body as { data?: Record<string, string> }).data ?? {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}
