import * as pulumi from "@pulumi/pulumi";
import { AUTHORITY_NOTICE_DAYS } from "./catalog/authorities";
import { restartOf, type Slot } from "./catalog/names";
import { RIGHTS } from "./catalog/profiles";
import { poolersProvenByName, type Service } from "./catalog/service";
import { ServerAuthority, type ServerAuthorityArgs } from "./components/authority/serverAuthority";
import { CredentialAlerts } from "./components/alerts/credentialAlerts";
import { ApplicationCredential } from "./components/applicationCredential";
import { Databases } from "./components/databases";
import { ExistingCluster } from "./components/existingCluster";
import { ManagedRoles } from "./components/managedRoles";
import type { Placement } from "./components/metadata";
import { Poolers } from "./components/poolers";
import { PostgresCluster, type InitialDatabase } from "./components/postgresCluster";
import { Restarts } from "./components/restarts";
import { RoleLogin } from "./components/roleLogin";
import { closedRole, droppedRole, hostBasedAuthentication, roleConfigurations } from "./components/roles";
import type { Stack } from "./config/load";
import type { Workload } from "./config/schema";
import type { RoleConfiguration } from "./kube/kinds/cluster";
import { AppliedRoles } from "./rotation/applied";
import type { ExistingCluster as Found } from "./preflight";
import { keepPasswords, type HeldPasswords, type Keeping } from "./rotation/held";
import { isAdopted, lastingSlots, type Login, type PlannedService } from "./rotation/plan";

/** What credentials are made for, and where. */
export interface Wanted {
  services: readonly PlannedService[];
  /** The first passwords of the services that take one over, by their names. */
  adopted: Readonly<Record<string, pulumi.Input<string>>>;
  /** Passwords that are live, and are to stay unless the rotation ends them. */
  held: HeldPasswords;
  /** Of Postgres's certificate: what of them is not made here. */
  authorities: Omit<ServerAuthorityArgs, "place" | "cluster" | "authorities">;
  /** Roles of services that are off. */
  closedRoles: readonly string[];
  /** Whether the Cluster was made otherwise than by initdb. */
  isCopy: boolean;
  /** Where the Cluster is somebody else's. */
  existing?: Pick<Found, "letGo" | "closed">;
  place: Placement;
}

/**
 * Passwords and the Secrets of their roles; the Cluster that reads them, its roles and databases;
 * what applications read, once Postgres accepts it; and the restarts of those that were rotated.
 * Components side by side, and none around them: a state finds each by where it lies.
 */
export function makeCredentials(stack: Stack, wanted: Wanted, opts: pulumi.ComponentResourceOptions): readonly ApplicationCredential[] {
  const { services, place, existing } = wanted;
  const { roleApi, rotation } = stack;
  const keep = keepPasswords(services, wanted.held);
  const logins = services.map((planned) => makeLogins(planned, keep, wanted, opts));
  const { name } = stack.cluster;
  const authority = new ServerAuthority(
    "server-authority",
    {
      ...{ place, cluster: name, authorities: stack.tls.authorities, ...wanted.authorities },
      ...(existing === undefined ? {} : { existing: { letsGo: existing.letGo.authority } }),
    },
    opts,
  );
  const cluster =
    existing === undefined
      ? makeCluster(stack, { logins, authority }, wanted, opts)
      : new ExistingCluster(name, { place, scheduledBackups: existing.letGo.scheduledBackups, alerts: stack.alerts }, opts);
  const inCluster = { place, cluster: cluster.clusterName };

  const closed = existing === undefined ? {} : { closed: existing.closed };
  const roles =
    roleApi === "databaseRole" ? new ManagedRoles("roles", { services: logins, ...closed, ...inCluster }, opts).byService : undefined;
  const databases = new Databases(
    "databases",
    {
      services: services.flatMap(({ service }) => (service.profile === undefined ? [service] : [])),
      ...inCluster,
      ...(roles === undefined ? {} : { roles }),
    },
    opts,
  );
  const names = poolersProvenByName(services.map(({ service }) => service));
  const poolers =
    names.length > 0 ? new Poolers("poolers", { names, authorities: authority.digest, ...inCluster }, opts).byName : undefined;

  const applied = new AppliedRoles(stack);
  // Its own and no others': edges, and the state with them, grow with the services and not with their square, and one role that fails holds back one service.
  const reconciled = ({ service: { name, pooler } }: ServiceLogins) => {
    const own = [...(roles?.get(name) ?? []), ...(pooler === undefined ? [] : [poolers?.get(pooler)])];
    return pulumi.all([cluster.clusterName, ...own.flatMap((one) => one?.id ?? [])]);
  };
  const credentials = logins.map(
    (made) =>
      new ApplicationCredential(
        made.service.name,
        {
          ...made,
          place,
          cluster: stack.cluster,
          authority,
          proof: rotation.proof,
          roleApi,
          applied,
          reconciled: reconciled(made),
          protect: made.service.isProtected,
          database: databases.byService.get(made.service.profile?.of ?? made.service.name)!,
          givers: giversOf(made.service, logins),
        },
        opts,
      ),
  );
  const { namespace } = stack;
  const nameOf = (service: string, workload: Workload) => restartOf(service, { namespace, ...workload });
  new Restarts("restarts", { namespace, nameOf, seconds: rotation.restartSeconds, credentials }, opts);
  if (stack.alerts === "prometheusRule") {
    const watched = credentials.map(({ service, plan, summary }) => ({ service, plan, changedAt: summary.changedAt }));
    const { endsAt } = authority;
    const certificates = endsAt === undefined ? [] : [{ certificate: "Postgres" as const, endsAt, noticeDays: AUTHORITY_NOTICE_DAYS }];
    const { runbookUrl } = stack;
    new CredentialAlerts("alerts", { cluster: stack.cluster.name, place, credentials: watched, certificates, runbookUrl }, opts);
  }
  return credentials;
}

/**
 * The logins by one of which the owner of a profile's database gives it its rights. They are the
 * same at every turn: a proof does not change with whose turn it is.
 */
function giversOf({ profile }: Service, all: readonly ServiceLogins[]): RoleLogin[] {
  const owner = profile && RIGHTS[profile.kind] && all.find(({ service }) => service.name === profile.of);
  if (owner === undefined) return [];
  const slots: readonly Slot[] = owner.service.rotation.strategy === "alternating" ? ["a", "b"] : ["owner"];
  return slots.flatMap((slot) => owner.logins.get(slot) ?? []);
}

/** A service with its passwords, and the roles that have them. */
interface ServiceLogins extends PlannedService {
  readonly logins: ReadonlyMap<Slot, RoleLogin>;
  readonly roles: ReadonlyMap<Slot, RoleConfiguration>;
}

function makeLogins(
  { service, plan }: PlannedService,
  keep: (login: Login) => Keeping,
  { adopted, place }: Wanted,
  opts: pulumi.ComponentResourceOptions,
): ServiceLogins {
  const lasting = lastingSlots(service);
  const logins = new Map(
    plan.logins.map((login) => {
      const adopt = { isAdopted: isAdopted(service, plan, login), value: adopted[service.name] ?? "" };
      // One that is left from another strategy goes with the `up` that retires it.
      const protect = service.isProtected && lasting.includes(login.slot);
      const args = { service: service.name, place, login, keeping: keep(login), protect, ...(service.adopt ? { adopt } : {}) };
      return [login.slot, new RoleLogin(login.object, args, opts)];
    }),
  );
  return { service, plan, logins, roles: roleConfigurations(service, plan, logins) };
}

function makeCluster(
  stack: Stack,
  { logins, authority }: { logins: readonly ServiceLogins[]; authority: ServerAuthority },
  { closedRoles, isCopy, place }: Wanted,
  opts: pulumi.ComponentResourceOptions,
): PostgresCluster {
  const { name, pgHba, ...settings } = stack.cluster;
  const services = logins.map(({ service }) => service);
  // A Cluster that was made otherwise has had no initdb, and CloudNativePG refuses two ways.
  const initial = isCopy ? undefined : logins.find(({ service }) => service.bootstrapOwner);
  const { namespace, owner, labels, annotations } = place;
  return new PostgresCluster(
    name,
    {
      ...settings,
      ...{ namespace, owner, labels: { ...labels }, annotations: { ...annotations } },
      roles: [
        ...logins.flatMap(({ roles, plan }) => [...(stack.roleApi === "inline" ? roles.values() : []), ...plan.dropped.map(droppedRole)]),
        ...closedRoles.map(closedRole),
      ],
      poolers: poolersProvenByName(services),
      authorities: authority.authorities,
      ...(authority.given === undefined ? {} : { authority: authority.given }),
      hostBasedAuthentication: hostBasedAuthentication(services, pgHba, settings.superuserAccess),
      alerts: stack.alerts,
      ...(initial === undefined ? {} : { bootstrap: initialDatabase(initial) }),
    },
    opts,
  );
}

function initialDatabase({ service: { database, role }, logins }: ServiceLogins): InitialDatabase {
  return { database, owner: role, secretName: logins.get("owner")!.secret.metadata.name };
}
