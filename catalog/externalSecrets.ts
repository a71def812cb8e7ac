import type { Stack } from "../config/load";
import { duration } from "../config/primitives";
import type { Problem } from "../config/problem";
import { clashes } from "../config/clashes";
import { correctName, didYouMean } from "../config/similar";
import { mirrored, mirrorStore, namespaceStores, type Fetched } from "../vault/access";
import { fixtureMap } from "../vault/fixtureMap";
import { checkFixtureMap, checkFixtureResources, checkGiven, fixturesOf } from "../vault/fixtures";
import type { FixtureMap } from "../vault/fixture";
import { ownSecrets } from "../vault/names";
import { bundles } from "./bundles";
import type { BundleRecord } from "./bundles/record";
import { LONGEST_SERVICE, OBJECT, SERVICE } from "./check";
import type { ExternalSecretRecord } from "./externalSecret";
import { fetchedKeys, type FetchedKey } from "./fetchedKeys";
import { authoritySecret } from "./authorities";
import { databaseSecrets, fetchedResource, operatorSecrets, otherNamespaces, resolveNames } from "./names";
import { soundBundles, soundServices } from "./recordSchema";
import { catalogue } from "./services";
import type { ServiceRecord } from "./record";

/** An ExternalSecret of one stack, with every default filled in. */
export interface ExternalSecretPlan {
  readonly owner: string;
  readonly kind: "service" | "bundle";
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly refreshInterval: string;
  /** Reloader restarts its readers when it changes. */
  readonly restart?: "reloader";
  readonly data: readonly FetchedKey[];
}

/** What a stack has External Secrets do. */
export interface ExternalSecretSelection {
  readonly plans: readonly ExternalSecretPlan[];
  /** The ClusterSecretStores, each with the one namespace that may use it. */
  readonly stores: readonly { readonly name: string; readonly namespace: string }[];
  /** What is read in Vault, by namespace, whether the namespace is there or not. */
  readonly paths: Fetched;
  /** Of the stack's namespace, the Secrets that are copied into Vault. */
  readonly copies: readonly { readonly owner: string; readonly name: string }[];
}

/** The records that are chosen from. */
export interface Sources {
  readonly catalogue: readonly ServiceRecord[];
  readonly bundles: readonly BundleRecord[];
  readonly fixtureMap: FixtureMap;
}

type ChosenStack = Pick<Stack, "namespace" | "services" | "bundles" | "environment"> & {
  readonly cluster: Pick<Stack["cluster"], "name">;
  readonly vault?: Stack["vault"];
  readonly vaultValues: Readonly<Record<string, unknown>>;
};
interface Wanted extends Pick<ExternalSecretPlan, "owner" | "kind" | "namespace"> {
  readonly record: ExternalSecretRecord;
}

const SHARED = "shared";

/**
 * What the services and bundles that are on fetch from Vault, in the order of the records, or every problem: of the stack's `bundles` and `vaultValues`, of the fixture map, of names,
 * and of references that no fixture of the environment answers. Nothing for a stack without Vault.
 */
export function selectExternalSecrets(
  stack: ChosenStack,
  sources: Sources = { catalogue, bundles, fixtureMap },
): ExternalSecretSelection | { problems: Problem[] } {
  const { vault, environment } = stack;
  if (vault === undefined || environment === undefined) return { plans: [], stores: [], paths: {}, copies: [] };
  const bundlesOf = soundBundles(sources.bundles);
  // What is wrong with services' records is told with the services.
  sources = { ...sources, catalogue: soundServices(sources.catalogue).sound, bundles: bundlesOf.sound };
  const fixtures = fixturesOf(sources.fixtureMap, environment);
  const wanted = choose(stack, sources);
  const selected = wanted.map((one) => ({ ...one, ...fetchedKeys(one.owner, one.record, fixtures, vault.mount) }));
  const problems = [
    ...bundlesOf.problems,
    ...checkFixtureMap(sources.fixtureMap, sources.catalogue.flatMap(databaseSecrets)),
    ...checkGiven(fixtures, Object.keys(stack.vaultValues)),
    ...checkFixtureResources(fixtures, environment, Object.keys(stack.vaultValues), vault.configuration.by),
    ...checkBundles(stack, sources),
    ...checkNames(wanted, stack, sources.catalogue),
    ...checkResources(wanted),
    ...selected.flatMap((one) => one.problems),
  ];
  if (problems.length > 0) return { problems };
  const plans = selected.map(({ record, data, owner, kind, namespace }): ExternalSecretPlan => {
    const { name, type = "Opaque", labels = {}, refreshInterval = vault.store.refreshInterval } = record;
    return {
      ...{ owner, kind, name, namespace, type, labels, refreshInterval, data },
      ...(record.restart === "reloader" ? { restart: "reloader" } : {}),
    };
  });
  const on = sources.catalogue.filter(({ name }) => stack.services[name]?.enabled);
  const copies = mirrored(vault, on).map((record) => ({ owner: record.name, name: resolveNames(record).secret }));
  const paths = fetchedPaths(plans);
  const stores = [
    ...namespaceStores(vault, stack.namespace, paths).map(({ name, namespace }) => ({ name, namespace })),
    ...(vault.mirror.mode === "push" ? [{ name: mirrorStore(vault), namespace: stack.namespace }] : []),
  ];
  return { plans, stores, paths, copies };
}

function fetchedPaths(plans: readonly ExternalSecretPlan[]): Fetched {
  const paths = new Map<string, Set<string>>();
  for (const { namespace, data } of plans)
    for (const { remoteRef } of data) paths.set(namespace, (paths.get(namespace) ?? new Set()).add(remoteRef.key));
  return Object.fromEntries([...paths].map(([namespace, found]) => [namespace, [...found].sort()]));
}

function choose({ namespace, services, bundles: on }: ChosenStack, sources: Sources): Wanted[] {
  const service = ({ name, externalSecrets = [] }: ServiceRecord): Wanted[] =>
    services[name]?.enabled ? externalSecrets.map((record) => ({ owner: name, kind: "service", namespace, record })) : [];
  const bundle = (own: BundleRecord): Wanted[] => {
    const set = on[own.name];
    if (!set?.enabled) return [];
    const place = set.namespace ?? own.namespace ?? namespace;
    return own.externalSecrets.map((record) => ({ owner: own.name, kind: "bundle", namespace: place, record }));
  };
  return [...sources.catalogue.flatMap(service), ...sources.bundles.flatMap(bundle)];
}

function checkBundles(stack: ChosenStack, sources: Sources): Problem[] {
  const known = sources.bundles.map(({ name }) => name);
  const problems = Object.keys(stack.bundles)
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      const remedy = `${correctName(known)}, or add a record of it to catalog/bundles/`;
      return { path: `bundles.${name}`, message: `is not among the bundles${didYouMean(name, known)}`, remedy };
    });
  const owners = new Set([SHARED, ...sources.catalogue.map(({ name }) => name)]);
  for (const name of known) {
    const path = `catalog.bundles.${name}`;
    if (!SERVICE.test(name) || name.length > LONGEST_SERVICE)
      problems.push({
        path,
        message: `is not a DNS label of at most ${LONGEST_SERVICE} characters that begins with a letter`,
        remedy: "choose another name",
      });
    if (owners.has(name))
      problems.push({
        path,
        message: "is already the name of another owner in Vault's paths",
        remedy:
          "give one of them another; where it is a service's, move the bundle's `externalSecrets` into its record and remove the bundle",
      });
    owners.add(name);
  }
  return problems;
}

/** That each is a resource of its own. Two of one name in one namespace are told as that. */
function checkResources(wanted: readonly Wanted[]): Problem[] {
  const named = wanted.map(({ owner, namespace, record: { name } }) => ({
    names: [fetchedResource(owner, name)],
    what: `ExternalSecret ${namespace}/${name} of ${owner}`,
    path: `ExternalSecret/${name}`,
  }));
  const different = [...new Map(named.map((one) => [one.what, one])).values()];
  return clashes(different, "the resource of the name", "give one of the two Secrets another name");
}

/** Rules of Kubernetes on names, and whose Secret a name is. External Secrets empties a Secret of that name before it fills it. */
function checkNames(
  wanted: readonly Wanted[],
  { namespace: own, cluster, vault, services }: ChosenStack,
  records: readonly ServiceRecord[],
): Problem[] {
  const taken = new Map<string, string>([
    ...records.flatMap((record) =>
      databaseSecrets(record).map((name) => [`${own}/${name}`, `the database credential of ${record.name}`] as const),
    ),
    ...records
      .filter(({ name }) => services[name]?.enabled)
      .flatMap((record) =>
        otherNamespaces(record, services[record.name], own).map(
          (namespace) => [`${namespace}/${resolveNames(record).secret}`, `the database credential of ${record.name}`] as const,
        ),
      ),
    ...[...operatorSecrets(cluster.name), authoritySecret(cluster.name)].map((name) => [`${own}/${name}`, "CloudNativePG's own"] as const),
  ]);
  const vaults = vault === undefined ? [] : ownSecrets(vault);
  const shared = vaults.flatMap((place): Problem[] => {
    const other = taken.get(place);
    if (other === undefined) taken.set(place, "Vault's own");
    const message = `Vault wants the Secret \`${place}\`, which is ${other}`;
    return other === undefined ? [] : [{ path: "vault.server.namespace", message, remedy: "choose another" }];
  });
  const fetched = wanted.flatMap(({ owner, namespace, record }) => {
    const problems: Problem[] = [];
    const path = `ExternalSecret/${record.name}`;
    const remedy = "choose another name";
    if (!OBJECT.test(record.name) || record.name.length > 253)
      problems.push({ path, message: `is not a Kubernetes object name (${owner})`, remedy });
    const other = taken.get(`${namespace}/${record.name}`);
    if (other === undefined) taken.set(`${namespace}/${record.name}`, `${owner}'s`);
    else problems.push({ path, message: `${owner} wants the Secret \`${record.name}\` of ${namespace}, which is ${other}`, remedy });
    if (record.refreshInterval !== undefined && !duration.safeParse(record.refreshInterval).success)
      problems.push({ path, message: `\`${record.refreshInterval}\` is not a duration`, remedy: "write it as Go does: `15m`" });
    return problems;
  });
  return [...shared, ...fetched];
}
