import type * as pulumi from "@pulumi/pulumi";
import { loginRole, SLOTS, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import { LAST_LINE, parseHostBased, serviceLine, SUPERUSER_LINE } from "../config/hostBased";
import type { RoleConfiguration } from "../kube/kinds/cluster";
import type { Login, RotationPlan } from "../rotation/plan";

/** The least that every role gets. Written out, so that CloudNativePG takes away whatever else it is given by hand. */
const LEAST = { superuser: false, createdb: false, createrole: false, replication: false, bypassrls: false, inherit: true } as const;

/**
 * The roles of a service: the owner of its database, first, and where logins alternate the two that are members of it. One that has no password may not log in.
 */
export function roleConfigurations(
  service: Service,
  plan: RotationPlan,
  logins: ReadonlyMap<Slot, { readonly secret: { readonly metadata: { readonly name: pulumi.Input<string> } } }>,
): Map<Slot, RoleConfiguration> {
  const password = (slot: Slot) => ({ passwordSecret: { name: logins.get(slot)!.secret.metadata.name } });
  const owner = plan.logins.find(({ slot }) => slot === "owner");
  const { attributes = [], memberOf = [] } = service;
  const more = Object.fromEntries(attributes.flatMap((one) => (one === "noinherit" ? [] : [[one, true]])));
  const members = plan.logins.filter(({ slot }) => slot !== "owner");
  return new Map<Slot, RoleConfiguration>([
    [
      "owner",
      {
        ...LEAST,
        ...more,
        ...(attributes.includes("noinherit") ? { inherit: false } : {}),
        ...(memberOf.length === 0 ? {} : { inRoles: [...memberOf] }),
        name: service.role,
        comment: service.description,
        login: owner?.login ?? false,
        connectionLimit: service.connectionLimit,
        ...(owner ? password("owner") : { disablePassword: true }),
      },
    ],
    ...members.map(({ slot, role, login }): [Slot, RoleConfiguration] => [
      slot,
      {
        ...LEAST,
        // Postgres asks the login for some of them, and not the role that it works as.
        ...more,
        name: role,
        comment: `A login of ${service.role}`,
        login,
        connectionLimit: service.connectionLimit,
        inRoles: [service.role],
        ...password(slot),
      },
    ]),
  ]);
}

/** The role of a service that is off: it stays for what it owns, and nobody logs in as it. */
export function closedRole(role: string): RoleConfiguration {
  return { ...LEAST, name: role, ensure: "present", login: false, disablePassword: true, connectionLimit: -1 };
}

/** A former login, which owns nothing and is dropped: inline, also where roles are DatabaseRole objects, against which an inline one wins. */
export function droppedRole({ role }: Pick<Login, "role">): RoleConfiguration {
  return { ...LEAST, name: role, ensure: "absent", login: false, connectionLimit: -1 };
}

/** A service whose logins are let into its database. */
export interface Admitted extends Pick<Service, "role" | "database"> {
  /** @default over TLS alone */
  readonly tls?: Pick<Service["tls"], "mode">;
}

/**
 * Who may connect to what, as the lines of pg_hba.conf that follow CloudNativePG's own: a service's logins to the service's database, over TLS unless the service
 * says `prefer`; then the stack's own lines; then nobody. The logins are named, all that a service can have: `+role` would let in whoever is made a member
 * of it, and a line that follows the turns would have Postgres read them anew before each. CloudNativePG's objects cannot revoke that PUBLIC may connect to
 * every database (the proof of a credential does, as the owner); these lines are declarative, hold before a password is asked for, and hold for databases nobody thought of.
 */
export function hostBasedAuthentication(
  services: readonly Admitted[],
  own: readonly string[],
  superuserAccess: "disabled" | "enabled",
): string[] {
  return [
    ...services.map((service) => serviceLine(service.database, loginsOf(service), service.tls?.mode)),
    ...(superuserAccess === "enabled" ? [SUPERUSER_LINE] : []),
    ...own,
    LAST_LINE,
  ];
}

/** Who is to connect to a service's database besides its logins: the operator's exporter, and whom the stack's own lines let in. */
export function guestsOf(database: string, own: readonly string[]): string[] {
  const lines = own.map((line) => parseHostBased(line, true)).flatMap((line) => ("problems" in line ? [] : [line]));
  const users = lines.filter(({ method, databases }) => method !== "reject" && databases.includes(database)).flatMap((line) => line.users);
  return [...new Set(["cnpg_metrics_exporter", ...users])];
}

const loginsOf = ({ role }: Admitted) => SLOTS.map((slot) => loginRole(role, slot));
