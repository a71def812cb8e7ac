import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding } from "./types";

/**
 * Objects of CloudNativePG's that the stack has not made and that are about its roles and databases:
 * their writer has the operator do what a superuser may.
 */
export function checkForeignObjects(desired: Desired, facts: Facts, commands: Commands): Finding[] {
  const roles = new Map(desired.roles.map(({ service, spec }) => [spec.name, service]));
  const own = new Set(desired.roles.map(({ object }) => object));
  const known = new Map((facts.catalogue?.roles ?? []).map((role) => [role.name, role]));
  const foreignRoles = [...facts.roleObjects].flatMap(([object, { spec }]): Finding[] => {
    if (own.has(object)) return [];
    const { name = "", inRoles = [] } = spec as { name?: string; inRoles?: string[] };
    const about = [kubectlKind("databaseroles", CNPG), object] as const;
    const found = (service: string | null, suspect: string, truth: string, mend: string): Finding[] => [
      { service, check: "foreignObject", suspect, truth, mend },
    ];
    const service = roles.get(name);
    if (service !== undefined)
      return found(
        service,
        `DatabaseRole ${object}, which this stack has not made, is about role ${name}`,
        "a role has one writer; removed with `databaseRoleReclaimPolicy: retain`, the object leaves it as it is",
        // Whatever it says of that itself: with `delete`, the service's role would go.
        [commands.patch(about, { spec: { databaseRoleReclaimPolicy: "retain" } }), commands.remove(about)].join(" && "),
      );
    const of = inRoles.filter((one) => roles.has(one));
    // What it has become in Postgres is said of the role.
    if (of.length === 0 || of.every((one) => known.get(name)?.memberOf.includes(one))) return [];
    return found(
      roles.get(of[0]!) ?? null,
      `DatabaseRole ${object}, which this stack has not made, makes role ${name} a member of ${of.join(", ")}`,
      "nobody but a service's own logins works with its rights. This takes that out of it, and leaves the object",
      commands.patch(about, { spec: { inRoles: inRoles.filter((one) => !of.includes(one)) } }),
    );
  });
  const names = new Set(desired.databases.map(({ name }) => name));
  const foreignDatabases = [...facts.databases].flatMap(([object, { spec }]): Finding[] => {
    const about = desired.databases.find((one) => one.spec.name === spec.name);
    if (names.has(object) || about === undefined) return [];
    return [
      {
        service: about.service,
        check: "foreignObject",
        suspect: `Database ${object}, which this stack has not made, is about the database ${String(spec.name)}`,
        truth: "a database has one writer; removed with `databaseReclaimPolicy: retain`, the object leaves it as it is",
        // Whatever it says of that itself.
        mend: [
          commands.patch([kubectlKind("databases", CNPG), object], { spec: { databaseReclaimPolicy: "retain" } }),
          commands.remove([kubectlKind("databases", CNPG), object]),
        ].join(" && "),
      },
    ];
  });
  return [...foreignRoles, ...foreignDatabases, ...foreignReplications(desired, facts, commands)];
}

const REPLICATIONS = {
  publications: ["Publication", "gives the rows of", "publicationReclaimPolicy"],
  subscriptions: ["Subscription", "writes what somebody else's server says into", "subscriptionReclaimPolicy"],
} as const;

/** The program makes none of either. Another's copy of the data may hang on them: nothing of that is undone from a list of commands. */
function foreignReplications({ databases }: Desired, { replications = [] }: Facts, commands: Commands): Finding[] {
  return replications.flatMap(({ kind, object: { metadata, spec } }): Finding[] => {
    const about = databases.find((one) => one.spec.name === spec.dbname);
    if (about === undefined) return [];
    const [what, does, policy] = REPLICATIONS[kind];
    const object = [kubectlKind(kind, CNPG), metadata.name] as const;
    return [
      {
        service: about.service,
        check: "foreignObject",
        suspect: `${what} ${metadata.name}, which this stack has not made, ${does} the database ${String(spec.dbname)}`,
        truth: `the operator has made it as a superuser: see whose it is. Removed with \`${policy}: delete\` in its spec, it is gone from Postgres, too`,
        mend: commands.describe(object),
      },
    ];
  });
}
