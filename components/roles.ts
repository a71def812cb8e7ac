import type { Service } from "../catalog/service";
import type { RoleConfiguration } from "../crds/cluster";

/** The least a service's role needs: it logs in and owns its database. Written out, so that CloudNativePG takes away whatever else it is given by hand. */
export function roleConfiguration(service: Service, passwordSecret: RoleConfiguration["passwordSecret"]): RoleConfiguration {
  return {
    name: service.role,
    comment: service.description,
    login: true,
    superuser: false,
    createdb: false,
    createrole: false,
    replication: false,
    bypassrls: false,
    inherit: true,
    connectionLimit: service.connectionLimit,
    ...(passwordSecret === undefined ? {} : { passwordSecret }),
  };
}

/**
 * Who may connect to what, as the lines of pg_hba.conf that follow CloudNativePG's own: a service's role (and what is member of it) to the
 * service's database, over TLS unless the service says `prefer`; then the stack's own lines; then nobody. Postgres lets PUBLIC connect to every database and neither
 * CloudNativePG's roles nor its databases can revoke that; these lines are declarative, hold before a password is asked for, and hold for databases nobody thought of.
 */
export function hostBasedAuthentication(
  services: readonly Service[],
  own: readonly string[],
  superuserAccess: "disabled" | "enabled",
): string[] {
  return [
    ...services.map(
      (service) => `${service.tls.mode === "prefer" ? "host" : "hostssl"} ${service.database} +${service.role} all scram-sha-256`,
    ),
    ...(superuserAccess === "enabled" ? ["hostssl all postgres all scram-sha-256"] : []),
    ...own,
    "host all all all reject",
  ];
}
