import { loginRole, SLOTS } from "../../catalog/names";
import { managedRoles } from "./services";
import { settings } from "./steps/step";
import type { Facts, Item } from "./types";

/** CloudNativePG's own and Postgres's own. */
const RESERVED = /^(postgres|streaming_replica|cnpg_.*|pg_.*)$/;

interface Stranger {
  readonly role: string;
  readonly databases: readonly string[];
  /** Who looks after it today. */
  readonly by: string;
  readonly writer?: string;
}

/** Roles that may log in and are no service's: pg_hba.conf, as the program writes it, would shut them out. */
export function strangers(facts: Facts): Item[] {
  const { live, stack, files } = facts;
  // Shut out they are by then, or let in by a line of the stack's.
  if (live.cluster === undefined || (live.cluster.mark !== undefined && live.cluster.mark !== stack.takeOver)) return [];
  return found(facts).map(({ role, databases, by, writer }) => {
    const of = databases.length === 0 ? "" : `, with something in ${databases.join(", ")}`;
    const text = `the role ${role} is no service's (${by}${of}${writer === undefined ? "" : `; its password is written by ${writer}`}): the \`up\` shuts it out. Give it a record in catalog/ (\`role: "${role}"\`), or a line in pg_hba.conf, or let it go`;
    return {
      text,
      yaml: settings({ cluster: { pgHba: [`hostssl ${databases[0] ?? "DATABASE"} ${role} all scram-sha-256`] } }),
    };
  });

  function found({ services, postgres }: Facts): Stranger[] {
    const known = new Set(services.flatMap((service) => SLOTS.map((slot) => loginRole(service.role, slot))));
    const isKnown = (role: string) => known.has(role) || RESERVED.test(role) || stack.cluster.pgHba.some((line) => words(line).has(role));
    const managed = managedRoles(live).filter(({ ensure }) => ensure !== "absent");
    const objects = live.objects.filter(({ kind }) => kind === "DatabaseRole");
    const inPostgres = postgres?.roles.filter(({ login }) => login) ?? [];
    const names = [...managed.map(({ name }) => name), ...objects.map(({ of }) => of), ...inPostgres.map(({ name }) => name)];
    return [...new Set(names)]
      .filter((role) => !isKnown(role))
      .sort()
      .map((role) => {
        const [inline, object] = [managed.find(({ name }) => name === role), objects.find(({ of }) => of === role)];
        const secret = inline?.passwordSecret?.name ?? object?.passwordSecret;
        const writer =
          live.writers.find((one) => one.secret === secret)?.name ??
          (secret === undefined ? undefined : files.writers.find((one) => one.writes(stack.namespace, secret))?.where);
        return {
          role,
          databases: postgres?.roles.find(({ name }) => name === role)?.usedIn ?? [],
          by:
            inline !== undefined
              ? "managed by the Cluster"
              : object !== undefined
                ? `managed by DatabaseRole ${object.name}`
                : "made by hand",
          ...(writer === undefined ? {} : { writer }),
        };
      });
  }
}

/** The roles of a line: `hostssl database role address method`, several with commas. */
function words(line: string): Set<string> {
  const roles = line.split(/\s+/)[2] ?? "";
  return new Set(roles.split(",").map((role) => role.replace(/^\+/, "").replaceAll('"', "")));
}
