import { both, changedBelow, isKind, title, told, type Change } from "../change";
import { code, count, entryOf, list, type Entry, type Told } from "../entry";
import { roleName, tellNewRole, tellRole, type Role } from "./roles";
import { CNPG } from "../../../kube/kinds/groups";

const GROUP = CNPG.group;
/** What instances are made anew for. */
const RESTARTS = ["imageName", "resources", "affinity", "topologySpreadConstraints", "walStorage"];
/** What has words of its own below. */
const SAID = [
  "imageName",
  "resources",
  "affinity",
  "topologySpreadConstraints",
  "instances",
  "storage",
  "walStorage",
  "enableSuperuserAccess",
  "managed",
  "postgresql",
  "backup",
];

/** What becomes of Cluster, instances, inline roles and who may connect. */
export function tellCluster(changes: readonly Change[]): Told {
  const about = changes.filter((one) => isKind(one, GROUP, "Cluster"));
  // What they say of it is said of those.
  const objects = changes
    .filter((one) => isKind(one, GROUP, "DatabaseRole") && one.action === "create")
    .map((one) => told(one, "spec.name"));
  return { about, entries: about.flatMap((one) => tell(one, objects)) };
}

function tell(change: Change, objects: readonly unknown[]): Entry[] {
  const entry = entryOf(`Cluster ${code(title(change))}`);
  switch (change.action) {
    case "create":
    case "import":
      return [
        entry("databases", `new: ${instances(told(change, "spec.instances"))} with ${String(told(change, "spec.storage.size") ?? "?")}`),
      ];
    case "delete":
      return [entry("destroys", "deleted, with every database in it")];
    case "replace":
      return [entry("destroys", "deleted, with every database in it, and made again empty")];
    case "update":
      return [...instanceEntries(change, entry), ...settings(change, entry), ...roles(change, objects)];
    case "left":
      return [entry("databases", "left as it is, and not managed any more")];
    case "kept":
    case "other":
      return [];
  }
}

type Make = (section: Entry["section"], what: string) => Entry;

function instanceEntries(change: Change, entry: Make): Entry[] {
  const changed = changedBelow(change, "spec");
  const [was, is] = both(change, "spec.instances");
  const [before, after] = both(change, "spec.imageName");
  const [size, newSize] = both(change, "spec.storage.size");
  const restarting = RESTARTS.filter((name) => changed.includes(name));
  const image = before === after || before === undefined || after === undefined ? "" : `: ${code(String(before))} → ${code(String(after))}`;
  return [
    ...(typeof was === "number" && typeof is === "number" && is !== was
      ? [
          is < was
            ? entry("destroys", `${was} → ${instances(is)}: the others go, with their volumes`)
            : entry("databases", `${was} → ${instances(is)}`),
        ]
      : []),
    ...(restarting.length === 0
      ? []
      : [
          entry(
            "restarts",
            `Postgres, one instance after the other (${list(restarting.map((name) => (name === "imageName" ? "image" : name)))}${image})`,
          ),
        ]),
    ...(changed.includes("storage")
      ? [entry("databases", size === newSize ? "storage" : `storage ${String(size ?? "?")} → ${String(newSize ?? "?")}`)]
      : []),
  ];
}

function settings(change: Change, entry: Make): Entry[] {
  const changed = changedBelow(change, "spec");
  const parameters = changedBelow(change, "spec.postgresql.parameters");
  const [could, can] = both(change, "spec.enableSuperuserAccess");
  const others = changed.filter((name) => !SAID.includes(name));
  const isOnlyMetadata = changed.length === 0 && !change.unprotected;
  return [
    ...(could === true && can !== true ? [entry("destroys", "the superuser's Secret is deleted")] : []),
    ...(could !== true && can === true ? [entry("databases", "the superuser gets a password and a Secret")] : []),
    ...(changed.includes("backup") ? [backup(change, entry)] : []),
    ...(parameters.length === 0
      ? []
      : [entry("restarts", `Postgres reads ${list(parameters.map(code))} anew, and restarts where it has to`)]),
    ...hostBased(change, entry),
    ...(others.length === 0 ? [] : [entry("databases", `other ${list(others.map(code))}`)]),
    ...(isOnlyMetadata ? [entry("databases", "labels and annotations")] : []),
  ];
}

function backup(change: Change, entry: Make): Entry {
  const has = (spec: Change["old"]) => (spec?.inputs?.spec as Record<string, unknown> | undefined)?.backup !== undefined;
  return has(change.old) && !has(change.new) ? entry("destroys", "not backed up any more") : entry("databases", "another backup");
}

/** Lines of pg_hba.conf decide who may connect. */
function hostBased(change: Change, entry: Make): Entry[] {
  const [before, after] = [change.old, change.new].map((state) => {
    const lines = (state?.inputs as { spec?: { postgresql?: { pg_hba?: unknown } } } | undefined)?.spec?.postgresql?.pg_hba;
    return Array.isArray(lines) ? (lines as unknown[]) : [];
  }) as [unknown[], unknown[]];
  const added = after.filter((line) => !before.includes(line)).length;
  const removed = before.filter((line) => !after.includes(line)).length;
  const more = [...(added === 0 ? [] : [`${count(added, "line")} more`]), ...(removed === 0 ? [] : [`${count(removed, "line")} fewer`])];
  if (more.length > 0) return [entry("databases", `who may connect to what: ${list(more)} of pg_hba.conf`)];
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [entry("databases", "who may connect to what: pg_hba.conf in another order")];
}

function roles(change: Change, objects: readonly unknown[]): Entry[] {
  const [before, after] = [rolesOf(change.old), rolesOf(change.new)];
  return [
    ...[...after].flatMap(([name, role]) => {
      const old = before.get(name);
      return old === undefined ? tellNewRole(role) : tellRole(old, role);
    }),
    ...[...before].flatMap(([name, role]): Entry[] =>
      after.has(name) || role.ensure === "absent" || objects.includes(name)
        ? []
        : [{ section: "databases", who: `role ${code(name)}`, what: "left in Postgres, and not managed any more" }],
    ),
  ];
}

function rolesOf(state: Change["old"]): Map<string, Role> {
  const { roles: all } = (state?.inputs as { spec?: { managed?: { roles?: unknown } } } | undefined)?.spec?.managed ?? {};
  const known = (Array.isArray(all) ? (all as unknown[]) : []).filter((role): role is Role => typeof role === "object" && role !== null);
  return new Map(known.map((role) => [roleName(role), role]));
}

const instances = (number: unknown) => (typeof number === "number" ? count(number, "instance") : "instances");
