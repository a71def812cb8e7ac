import { loginRole, SLOTS } from "../../catalog/names";
import { parseHostBased } from "../../config/hostBased";
import { isSameState } from "../../kube/marks";
import { isPredefined, operatorRole } from "../shared/roleRights";
import { managedRoles } from "./services";
import { settings } from "./steps/step";
import type { Facts, Item } from "./types";

/** What needs no quotes, in pg_hba.conf and in SQL, and means nothing there. */
const NAME = /^[a-z_][a-z0-9_]*$/;
const isName = (text: string) => NAME.test(text) && !["all", "sameuser", "samerole", "samegroup", "replication"].includes(text);

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
  // In a Cluster that is somebody else's they stay who they are.
  if (stack.cluster.existing) return [];
  // Shut out they are by then, or let in by a line of the stack's.
  if (live.cluster === undefined || (live.cluster.mark !== undefined && !isSameState(live.cluster.mark, stack.takeOver))) return [];
  return found(facts).map(({ role, databases, by, writer }) => {
    const of = databases.length === 0 ? "" : `, with something in ${databases.join(", ")}`;
    const text = `the role ${role} is no service's (${by}${of}${writer === undefined ? "" : `; its password is written by ${writer}`}): the \`up\` shuts it out`;
    if (!isName(role) || !databases.every(isName))
      return { text: `${text}. Its name, or a database's, is none that is written into a file here: see whose it is, and let it go` };
    return {
      text: `${text}. Give it a record in catalog/ (\`role: "${role}"\`), or a line in pg_hba.conf, or let it go`,
      yaml: settings({ cluster: { pgHba: [`hostssl ${databases.join(",") || "DATABASE"} ${role} all scram-sha-256`] } }),
    };
  });

  function found({ services, postgres }: Facts): Stranger[] {
    const known = new Set(services.flatMap((service) => SLOTS.map((slot) => loginRole(service.role, slot))));
    const isKnown = (role: string) =>
      known.has(role) || isReserved(role) || stack.cluster.pgHba.some((line) => usersOf(line).includes(role));
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

/** CloudNativePG's own and Postgres's own. */
const isReserved = (role: string) => operatorRole(role) !== undefined || isPredefined(role);

/** Whom a line of the stack's own lets in. */
function usersOf(line: string): readonly string[] {
  const parsed = parseHostBased(line, true);
  return "problems" in parsed ? [] : parsed.users;
}
