import { isDeepStrictEqual } from "node:util";
import type { ClusterChange } from "./types";

type Spec = Readonly<Record<string, unknown>>;

const RESTART = "every instance is restarted, one after the other, and the primary moves";
/**
 * What a change of a field costs, as CloudNativePG's documentation has it; the longest path that
 * fits.
 */
const COSTS: readonly (readonly [field: string, cost: string])[] = [
  ["instances", "more are cloned from those that are there; fewer: the newest replicas go, with their volumes"],
  ["imageName", `${RESTART}; another major version is an upgrade, and takes Postgres down`],
  ["imagePull", RESTART],
  ["storage.size", "volumes grow, where their class can; they never shrink"],
  ["storage.storageClass", "only instances that are made later have it"],
  ["walStorage", "it cannot be taken away again"],
  ["resources", RESTART],
  ["affinity", RESTART],
  ["topologySpreadConstraints", RESTART],
  ["postgresql.parameters", "Postgres reads them anew, and is restarted for those that need it (pg_settings: context `postmaster`)"],
  ["postgresql.pg_hba", "Postgres reads it anew: a login without a line of its own is refused the next time"],
  ["managed.roles", "roles that are no longer listed stay in Postgres as they are, and nobody sets their password"],
  ["enableSuperuserAccess", "off: the Secret of the superuser goes, and with it the password of postgres"],
  ["bootstrap", "it is read when a Cluster is made, and tells CloudNativePG afterwards whose the first database is, and its Secret"],
  ["certificates", "the server's certificate is made anew; nothing restarts"],
  ["inheritedMetadata", "pods and Secrets get these labels and annotations; nothing restarts"],
  ["monitoring", "what the instances export; nothing restarts"],
  ["backup", "where to and how backups are made from then on: see that the old ones stay within reach"],
  ["plugins", "where to and how backups are made from then on: see that the old ones stay within reach"],
];

/** What CloudNativePG takes an absent field for (`CreateGeneratedAntiAffinity` of 1.30). */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  "affinity.enablePodAntiAffinity": true,
  "affinity.podAntiAffinityType": "preferred",
  "affinity.topologyKey": "kubernetes.io/hostname",
};

/** Fields whose values are shown: short, and never secret. */
const TOLD = new Set([
  "instances",
  "imageName",
  "imagePullPolicy",
  "storage.size",
  "storage.storageClass",
  "walStorage.size",
  "walStorage.storageClass",
  "enableSuperuserAccess",
  "monitoring.enablePodMonitor",
]);

/**
 * The fields of a Cluster that the `up` would change. It is applied by fields: what the program
 * says nothing of stays, lists are replaced as a whole.
 * @param live As it is.
 * @param wanted As the program has it.
 */
export function clusterChanges(live: Spec, wanted: Spec): ClusterChange[] {
  return [...differences(live, wanted, "")].map(({ field, from, to }) => ({ field, what: inWords(field, from, to), cost: costOf(field) }));
}

interface Difference {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

function* differences(from: unknown, to: unknown, field: string): Generator<Difference> {
  if (isMapping(to) && (from === undefined || isMapping(from))) {
    for (const [key, value] of Object.entries(to)) yield* differences(from?.[key], value, field === "" ? key : `${field}.${key}`);
    return;
  }
  if (!isDeepStrictEqual(from ?? DEFAULTS[field], to) && !isNothing(from, to)) yield { field, from, to };
}

function isMapping(value: unknown): value is Spec {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is not there is the same as what is empty or off. */
function isNothing(from: unknown, to: unknown): boolean {
  return from === undefined && (to === false || (Array.isArray(to) && to.length === 0));
}

function inWords(field: string, from: unknown, to: unknown): string {
  if (field === "managed.roles") return roles(from as Role[] | undefined, to as Role[]);
  if (field === "postgresql.pg_hba") return lines(from as string[] | undefined, to as string[]);
  if (TOLD.has(field)) return `${from === undefined ? "(not set)" : JSON.stringify(from)} → ${JSON.stringify(to)}`;
  return from === undefined ? "is set" : "becomes another";
}

interface Role {
  readonly name: string;
  readonly passwordSecret?: { readonly name?: string };
}

function roles(from: readonly Role[] = [], to: readonly Role[]): string {
  const names = (list: readonly Role[]) => list.map(({ name }) => name);
  const fresh = names(to).filter((name) => !names(from).includes(name));
  const gone = names(from).filter((name) => !names(to).includes(name));
  const moved = to.filter(({ name, passwordSecret }) =>
    from.some((one) => one.name === name && one.passwordSecret?.name !== passwordSecret?.name),
  );
  return [
    ...(fresh.length === 0 ? [] : [`managed from then on: ${fresh.join(", ")}`]),
    ...(gone.length === 0 ? [] : [`no longer managed: ${gone.join(", ")}`]),
    ...(moved.length === 0
      ? []
      : [
          `their password from another Secret: ${moved.map(({ name, passwordSecret }) => `${name} (${passwordSecret?.name ?? "none"})`).join(", ")}`,
        ]),
    ...(fresh.length + gone.length + moved.length === 0 ? ["the attributes of roles change"] : []),
  ].join("; ");
}

function lines(from: readonly string[] = [], to: readonly string[]): string {
  const gone = from.filter((line) => !to.includes(line)).length;
  const fresh = to.filter((line) => !from.includes(line)).length;
  return `${fresh} line${fresh === 1 ? "" : "s"} more, ${gone} of those that are there no longer; the last: ${to.at(-1)}`;
}

function costOf(field: string): string {
  const known = COSTS.filter(([prefix]) => field === prefix || field.startsWith(prefix)).sort(
    ([one], [other]) => other.length - one.length,
  );
  return known[0]?.[1] ?? "see CloudNativePG's documentation of the field";
}
