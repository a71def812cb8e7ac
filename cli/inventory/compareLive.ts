import { REWRITE } from "../../config/commandLine";
import type { LiveFacts } from "./live";
import { idOf } from "./program";
import { secretReferences } from "./references";
import { distinct, sortBy } from "../shared/sort";
import type { Difference, FoundLink, FoundSecret, Inventory, InventorySecret } from "./types";

/** Types of Secrets that belong to Kubernetes and to Helm: they come and go with tokens and releases, and nobody is asked about them. */
const MACHINERY: Readonly<Record<string, string>> = {
  "helm.sh/release.v1": "of Helm's releases, which hold the values of charts",
  "kubernetes.io/service-account-token": "of service accounts' tokens",
  "bootstrap.kubernetes.io/token": "of bootstrap tokens",
};

export interface LiveComparison {
  readonly differences: readonly Difference[];
  /** Secrets that are no Secrets of the program's. */
  readonly others: readonly FoundSecret[];
  readonly notes: readonly string[];
}

/** Where a cluster is not as the program has it. */
export function compareLive(inventory: Inventory, live: LiveFacts): LiveComparison {
  // A bundle without a namespace is left out; a service's Secret is not.
  const expected = inventory.secrets.filter(
    ({ namespace, ownerKind }) => ownerKind === "service" || !live.missingNamespaces.includes(namespace),
  );
  const byId = new Map(live.secrets.map((one) => [located(one), one]));
  const known = new Set(inventory.secrets.map(idOf));
  const atTimes = new Map(inventory.atTimes.map((one) => [idOf(one), one.why]));
  const surplus = live.secrets.filter((one) => !known.has(located(one)) && isOurs(inventory, one));
  const machinery = surplus.filter(({ type = "" }) => type in MACHINERY);
  const others = surplus.filter((one) => !machinery.includes(one) && !atTimes.has(located(one)));
  return {
    differences: sortBy(
      [
        ...expected.flatMap((secret) => compareSecret(secret, byId.get(idOf(secret)))),
        ...others.map(unknownSecret),
        ...compareLinks(inventory, expected, live.links),
        ...compareCluster(inventory, live),
      ],
      ({ about, what }) => `${about} ${what}`,
    ),
    others,
    notes: [
      ...live.missingNamespaces.map((one) => `nothing of what belongs into the namespace ${one} is there: it does not exist`),
      ...surplus.flatMap((one) => (atTimes.has(located(one)) ? [`${located(one)} is there: ${atTimes.get(located(one))}`] : [])),
      ...Object.entries(MACHINERY).flatMap(([type, what]) => {
        const count = machinery.filter((one) => one.type === type).length;
        return count === 0 ? [] : [`${count} ${what}: not looked at`];
      }),
    ],
  };
}

const located = ({ namespace = "", name }: FoundSecret | FoundLink) => `${namespace}/${name}`;
const difference = (about: string, what: string, remedy: string): Difference => ({ about, source: "cluster", what, remedy });

/** In a namespace of others' only what says that it is this stack's. */
function isOurs({ ownNamespaces, stack }: Inventory, { namespace = "", stack: marked }: FoundSecret | FoundLink): boolean {
  return ownNamespaces.includes(namespace) || marked === stack;
}

function unknownSecret(secret: FoundSecret): Difference {
  const of = secret.controller === undefined ? "" : `, belongs to ${secret.controller}`;
  return difference(
    located(secret),
    `is there and not the program's${of}: ${keysInWords(secret.keys)}`,
    "say whose it is, in a record of catalog/, or remove it (kubectl delete)",
  );
}

function compareSecret(secret: InventorySecret, live: FoundSecret | undefined): Difference[] {
  const id = idOf(secret);
  const again = AGAIN[secret.producer.kind];
  if (live === undefined) return [difference(id, "is not there", again)];
  const [wanted, has] = [secret.keys.map(({ name }) => name), live.keys];
  const lacking = wanted.filter((key) => !has.includes(key));
  const surplus = secret.moreKeys ? [] : has.filter((key) => !wanted.includes(key));
  const found: Difference[] = [];
  if (lacking.length > 0) found.push(difference(id, `lacks ${keysInWords(lacking)}`, again));
  if (surplus.length > 0)
    found.push(
      difference(
        id,
        `has ${keysInWords(surplus)}, which the program does not know`,
        `see who wrote that (metadata.managedFields); ${again}`,
      ),
    );
  if (secret.type !== undefined && live.type !== undefined && live.type !== secret.type)
    found.push(
      difference(
        id,
        `is of type ${live.type}, and the program's is ${secret.type}`,
        "Kubernetes cannot change it: remove it, and have it made again",
      ),
    );
  const owner = controllerOf(secret);
  if (owner !== live.controller && secret.producer.kind !== "outside")
    found.push(
      difference(
        id,
        `belongs to ${live.controller ?? "nothing"}, and by the program to ${owner ?? "nothing"}`,
        "see who writes it (metadata.ownerReferences), and take it away from there",
      ),
    );
  return found;
}

/** What a Secret belongs to in the cluster: its producer, where that is an object that keeps it. */
function controllerOf({ producer: { kind, object } }: InventorySecret): string | undefined {
  return kind === "ExternalSecret" || kind === "Cluster" ? `${kind}/${object!.split("/")[1]}` : undefined;
}

const AGAIN: Readonly<Record<InventorySecret["producer"]["kind"], string>> = {
  Pulumi: `${REWRITE} writes it again, with what the state has`,
  ExternalSecret: "`npm run smoke` says what External Secrets makes of it, and what has it fetched again",
  Cluster: "CloudNativePG makes it: see that it runs, and what `kubectl describe` says of the Cluster",
  CronJob: "the CronJob makes it, within a minute: see its last Job",
  outside: "it is for somebody else to make: see what names it in the configuration",
};

/** ExternalSecrets and PushSecrets: which there are, and of what. */
function compareLinks(inventory: Inventory, expected: readonly InventorySecret[], links: readonly FoundLink[]): Difference[] {
  const made = new Map(expected.flatMap((one) => (one.producer.kind === "ExternalSecret" ? [[one.producer.object!, one]] : [])));
  const copied = new Map(expected.flatMap((one) => (one.mirror === undefined ? [] : [[idOf(one), one]])));
  const fetching = links.filter(({ kind }) => kind === "ExternalSecret");
  const pushing = links.filter(({ kind }) => kind === "PushSecret");
  const targets = new Set(expected.map(idOf));
  const about = (kind: string, id: string) => `${kind} ${id}`;
  const isMeant = (link: FoundLink) => isOurs(inventory, link) || targets.has(`${link.namespace}/${link.secret}`);
  return [
    ...missing(made, fetching).map((id) => difference(about("ExternalSecret", id), "is not there", `${REWRITE} makes it`)),
    ...missing(copied, pushing).map((id) => difference(about("PushSecret", id), "is not there", `${REWRITE} makes it`)),
    ...fetching
      .filter((one) => made.get(located(one))?.name !== one.secret && isMeant(one))
      .map((one) => difference(about("ExternalSecret", located(one)), `writes the Secret ${one.secret}, and is not the program's`, REMOVE)),
    ...pushing.flatMap((one) => {
      const secret = copied.get(located(one));
      const id = about("PushSecret", located(one));
      if (secret === undefined)
        return isMeant(one) ? [difference(id, `copies the Secret ${one.secret}, and is not the program's`, REMOVE)] : [];
      // The store names the mount, which is before the path.
      const path = secret.mirror!.slice(secret.mirror!.indexOf("/") + 1);
      if (one.secret === secret.name && one.remoteKeys.length === 1 && one.remoteKeys[0] === path) return [];
      return [
        difference(id, `copies ${one.secret} to ${one.remoteKeys.join(", ")}, and by the program to ${path}`, `${REWRITE} writes it again`),
      ];
    }),
  ];
}

const REMOVE = "remove it, or take it into a record of catalog/";

function missing(wanted: ReadonlyMap<string, unknown>, links: readonly FoundLink[]): string[] {
  const there = new Set(links.map(located));
  return [...wanted.keys()].filter((id) => !there.has(id));
}

/** What the Cluster itself refers to. */
function compareCluster({ namespace, cluster, clusterIs, secrets, atTimes }: Inventory, live: LiveFacts): Difference[] {
  const about = `Cluster ${namespace}/${cluster}`;
  if (live.cluster === undefined)
    return [difference(about, "is not there", clusterIs === undefined ? "`pulumi up` makes it" : "ask its owner")];
  if (clusterIs !== undefined) return [];
  const known = new Set([...secrets, ...atTimes].map(idOf));
  return secretReferences(live.cluster.spec)
    .filter(({ name }) => !known.has(`${namespace}/${name}`))
    .map(({ name }) =>
      difference(about, `refers to the Secret ${name}, which is not the program's`, "`npm run drift` says how the Cluster differs"),
    );
}

function keysInWords(keys: readonly string[]): string {
  if (keys.length === 0) return "no keys";
  return `${keys.length === 1 ? "the key" : "the keys"} ${distinct(keys).join(", ")}`;
}
