import { both, changedBelow, isKind, title, told, type Change } from "../change";
import { code, count, entryOf, list, type Entry, type Told } from "../entry";
import { roleName, tellNewRole, tellRole, type Role } from "./roles";
import { parseHostBased } from "../../../config/hostBased";
import { visible } from "../../../config/visible";
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
export function tellCluster(changes: readonly Change[], taken: ReadonlySet<string> = new Set()): Told {
  const about = changes.filter((one) => isKind(one, GROUP, "Cluster"));
  // What they say of it is said of those.
  const objects = changes
    .filter((one) => isKind(one, GROUP, "DatabaseRole") && one.action === "create")
    .map((one) => told(one, "spec.name"));
  return { about, entries: about.flatMap((one) => tell(one, objects, taken)) };
}

function tell(change: Change, objects: readonly unknown[], taken: ReadonlySet<string>): Entry[] {
  const entry = entryOf(`Cluster ${code(title(change))}`);
  switch (change.action) {
    case "create":
    case "import":
      return [
        entry(
          "databases",
          `${change.old?.external === true ? "managed by this stack from now on, as it is" : taken.size === 0 ? "new" : "new to this stack"}: ${instances(told(change, "spec.instances"))} with ${String(told(change, "spec.storage.size") ?? "?")}`,
        ),
        ...reachedFromOutside(change, entry),
        ...[...rolesOf(change.new)].flatMap(([name, role]) => (taken.has(name) ? tellNewRole(role, taken) : [])),
      ];
    case "delete":
      return [entry("destroys", "deleted, with every database in it")];
    case "replace":
      return [entry("destroys", "deleted, with every database in it, and made again empty")];
    case "update":
      return [...instanceEntries(change, entry), ...settings(change, entry), ...roles(change, objects, taken)];
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
  // Parts of what has words of its own that have none.
  const others = [
    ...changed.filter((name) => !SAID.includes(name)),
    ...without(changedBelow(change, "spec.managed"), ["roles"]).map((name) => `managed.${name}`),
    ...without(changedBelow(change, "spec.postgresql"), ["parameters", "pg_hba"]).map((name) => `postgresql.${name}`),
  ];
  const isOnlyMetadata = changed.length === 0 && !change.unprotected;
  return [
    ...(could === true && can !== true ? [entry("destroys", "the superuser's Secret is deleted")] : []),
    ...(could !== true && can === true ? [entry("destroys", "protection is removed: the superuser gets a password and a Secret")] : []),
    ...(changed.includes("backup") ? [backup(change, entry)] : []),
    ...(parameters.length === 0
      ? []
      : [entry("restarts", `Postgres reads ${list(parameters.map(code))} anew, and restarts where it has to`)]),
    ...hostBased(change, entry),
    ...reachedFromOutside(change, entry),
    ...(others.length === 0 ? [] : [entry("databases", `other ${list(others.map(code))}`)]),
    ...(isOnlyMetadata ? [entry("databases", "labels and annotations")] : []),
  ];
}

const without = (names: readonly string[], said: readonly string[]) => names.filter((name) => !said.includes(name));

/** Services that lead to Postgres from elsewhere than the cluster, and that were not there. */
function reachedFromOutside(change: Change, entry: Make): Entry[] {
  const [before, after] = [servicesOf(change.old), servicesOf(change.new)];
  return [...after]
    .filter(([name, type]) => type !== "ClusterIP" && before.get(name) !== type)
    .map(([name, type]) =>
      entry("destroys", `protection is removed: the Service ${code(name)} (${code(type)}) leads to Postgres from outside of the cluster`),
    );
}

const TYPES = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

/** Types of the Services in a Cluster's spec, by their names. */
function servicesOf(state: Change["old"]): Map<string, string> {
  type Template = { serviceTemplate?: { metadata?: { name?: unknown }; spec?: { type?: unknown } } };
  const spec = (state?.inputs as { spec?: { managed?: { services?: { additional?: unknown } } } } | undefined)?.spec;
  const all = spec?.managed?.services?.additional;
  const found = (Array.isArray(all) ? (all as Template[]) : []).map(({ serviceTemplate: { metadata, spec: of } = {} }) => {
    const name = typeof metadata?.name === "string" && /^[a-z0-9][-a-z0-9.]*$/.test(metadata.name) ? metadata.name : "?";
    const type = TYPES.find((one) => one === (of?.type ?? "ClusterIP")) ?? "?";
    return [name, type] as const;
  });
  return new Map(found);
}

function backup(change: Change, entry: Make): Entry {
  const has = (spec: Change["old"]) => (spec?.inputs?.spec as Record<string, unknown> | undefined)?.backup !== undefined;
  return has(change.old) && !has(change.new) ? entry("destroys", "not backed up any more") : entry("databases", "another backup");
}

const LAST = "host all all all reject";
/** Of what is none, nobody knows what it is. */
const IS_LINE = /^(?:local|host|hostssl|hostnossl|hostgssenc|hostnogssenc)(?:\s+\S+){3,}$/;
/** The superuser's, which has words of its own. */
const SUPERUSER = /^hostssl all postgres all scram-sha-256$/;

/** The fields up to the method, in one line. */
function withoutOptions(line: string): string {
  return visible(line).replace(/\b(\w+)=\S+/g, "$1=…");
}

/** Lines of pg_hba.conf decide who may connect. */
function hostBased(change: Change, entry: Make): Entry[] {
  const [before, after] = [change.old, change.new].map((state) => {
    const lines = (state?.inputs as { spec?: { postgresql?: { pg_hba?: unknown } } } | undefined)?.spec?.postgresql?.pg_hba;
    return Array.isArray(lines) ? (lines as unknown[]) : [];
  }) as [unknown[], unknown[]];
  const texts = (lines: readonly unknown[]) => lines.filter((line): line is string => typeof line === "string");
  const added = texts(after).filter((line) => !before.includes(line));
  const removed = texts(before).filter((line) => !after.includes(line));
  const isOpen = (line: string) => "problems" in parseHostBased(line) && !SUPERUSER.test(line);
  const opens = added.filter(isOpen);
  // Names of roles and databases are not secret; options of a method may be.
  const shown = (line: string) => (IS_LINE.test(line) ? code(withoutOptions(line)) : "what is no such line");
  const told = (word: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [entry("databases", `who may connect to what, ${word}: ${list(lines.map(shown))}`)];
  if (added.length + removed.length > 0)
    return [
      ...opens.map((line) =>
        entry("destroys", `protection is removed: ${shown(line)} lets in whom it does not name, or what nothing protects`),
      ),
      ...(after.at(-1) === LAST ? [] : [entry("destroys", "protection is removed: the last line of pg_hba.conf refuses nobody")]),
      ...told(
        "new lines of pg_hba.conf",
        added.filter((line) => !opens.includes(line)),
      ),
      ...told("lines of pg_hba.conf that go", removed),
    ];
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [entry("databases", "who may connect to what: pg_hba.conf in another order")];
}

function roles(change: Change, objects: readonly unknown[], taken: ReadonlySet<string>): Entry[] {
  const [before, after] = [rolesOf(change.old), rolesOf(change.new)];
  return [
    ...[...after].flatMap(([name, role]) => {
      const old = before.get(name);
      return old === undefined ? tellNewRole(role, taken) : tellRole(old, role);
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
