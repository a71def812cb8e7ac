import { both, changedBelow, isKind, told, type Change } from "../change";
import { code, entryOf, list, type Entry, type Told } from "../entry";
import { tellNewRole, tellRole, type Role } from "./roles";
import { CNPG } from "../../../kube/kinds/groups";

const GROUP = CNPG.group;

/** What becomes of databases, of roles that are objects, of backups by schedule, and of Poolers. */
export function tellDatabases(changes: readonly Change[], taken: ReadonlySet<string> = new Set()): Told {
  const about = changes.filter((one) => Object.keys(TELL).some((kind) => isKind(one, GROUP, kind) || isKind(one, GROUP, `${kind}Patch`)));
  return { about, entries: about.flatMap((one) => TELL[one.kind]!(one, taken)) };
}

const TELL: Readonly<Record<string, (change: Change, taken: ReadonlySet<string>) => Entry[]>> = {
  Database: database,
  DatabaseRole: databaseRole,
  ScheduledBackup: scheduledBackup,
  Pooler: pooler,
};

function database(change: Change, taken: ReadonlySet<string>): Entry[] {
  const name = told(change, "spec.name");
  const entry = entryOf(`database ${code(typeof name === "string" ? name : change.name)}`);
  const isDropped = change.old?.inputs !== undefined && both(change, "spec.databaseReclaimPolicy")[0] === "delete";
  const owner = told(change, "spec.owner");
  const isTaken = typeof owner === "string" && taken.has(owner);
  switch (change.action) {
    case "create":
    case "import":
      return [entry("databases", isTaken ? "taken over as it is" : "new")];
    case "delete":
      return [
        isDropped
          ? entry("destroys", "dropped, with all that is in it")
          : entry("databases", "left in Postgres, closed and not managed any more"),
      ];
    case "replace":
      return [
        isDropped
          ? entry("destroys", "dropped, with all that is in it, and made again empty")
          : entry("databases", "the object is made again, the database stays"),
      ];
    case "update": {
      const [before, after] = both(change, "spec.owner");
      const others = changedBelow(change, "spec").filter((field) => field !== "owner");
      return [
        ...(before === after ? [] : [entry("databases", `owner: ${code(String(before ?? "?"))} → ${code(String(after ?? "?"))}`)]),
        ...(others.length === 0 ? [] : [entry("databases", `other ${list(others)}`)]),
        ...(before === after && others.length === 0 ? [entry("databases", "labels and annotations")] : []),
      ];
    }
    case "left":
    case "kept":
    case "other":
      return [];
  }
}

function databaseRole(change: Change, taken: ReadonlySet<string>): Entry[] {
  const [before, after] = [change.old, change.new].map((state) => (state?.inputs?.spec ?? {}) as Role) as [Role, Role];
  const name = told(change, "spec.name");
  const entry = entryOf(`role ${code(typeof name === "string" ? name : change.name)}`);
  switch (change.action) {
    case "create":
    case "import":
      return tellNewRole(after, taken).map((one) => ({ ...one, what: `${one.what}, managed by a DatabaseRole` }));
    case "delete":
      return [entry("databases", "left in Postgres, without a DatabaseRole")];
    case "replace":
      return [entry("databases", "the DatabaseRole is made again, the role stays")];
    case "update": {
      const said = tellRole(before, after);
      return said.length > 0 ? said : [entry("databases", "other settings of the DatabaseRole")];
    }
    case "left":
    case "kept":
    case "other":
      return [];
  }
}

function scheduledBackup(change: Change): Entry[] {
  const entry = entryOf(`ScheduledBackup ${code(change.name)}`);
  switch (change.action) {
    case "delete":
      return [entry("destroys", "deleted: nothing is backed up by it any more")];
    case "replace":
      return [entry("databases", "made again")];
    case "create":
    case "import":
      return [entry("databases", "new")];
    case "update":
      return [entry("databases", "changed")];
    case "left":
    case "kept":
    case "other":
      return [];
  }
}

/** Only its annotation is the program's. */
function pooler(change: Change): Entry[] {
  const entry = entryOf(`Pooler ${code(change.name)}`);
  return [entry("databases", change.action === "create" || change.action === "update" ? "the certificate is read again" : "another mark")];
}
