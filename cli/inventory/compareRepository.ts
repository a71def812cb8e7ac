import { idOf, producerInWords } from "./program";
import type { RepositoryFacts } from "./repository";
import { sortBy } from "../shared/sort";
import type { Difference, FoundLink, FoundSecret, Inventory, InventorySecret } from "./types";

export interface RepositoryComparison {
  readonly differences: readonly Difference[];
  /** Secrets that are no Secrets of the program's. */
  readonly others: readonly FoundSecret[];
  readonly notes: readonly string[];
}

/**
 * Where files have something of an environment that is not as the program has it. What names no
 * namespace may be meant for it.
 */
export function compareRepository(inventory: Inventory, { secrets, links, files, unread }: RepositoryFacts): RepositoryComparison {
  const known = new Map(inventory.secrets.map((one) => [idOf(one), one]));
  const namespaces = new Set([...inventory.ownNamespaces, ...inventory.secrets.map(({ namespace }) => namespace)]);
  const isHere = ({ namespace }: FoundSecret | FoundLink) => namespace === undefined || namespaces.has(namespace);
  const find = (one: FoundSecret | FoundLink, name: string): InventorySecret | undefined =>
    one.namespace === undefined ? inventory.secrets.find((secret) => secret.name === name) : known.get(`${one.namespace}/${name}`);
  const [here, linked] = [secrets.filter(isHere), links.filter(isHere)];
  const others = here.filter((one) => find(one, one.name) === undefined);
  const elsewhere = secrets.length + links.length - here.length - linked.length;
  return {
    differences: sortBy(
      [
        ...here.flatMap((one) => judgeSecret(one, find(one, one.name))),
        ...linked.flatMap((one) => (one.kind === "ExternalSecret" ? judgeFetching : judgePushing)(one, find(one, one.secret))),
      ],
      ({ about, what }) => `${about} ${what}`,
    ),
    others,
    notes: [
      `${files} file${files === 1 ? "" : "s"} of the repository read`,
      ...(elsewhere === 0 ? [] : [`${elsewhere} of what they have belongs to other namespaces`]),
      ...unread.map((line) => `not read: ${line}`),
    ],
  };
}

const difference = (one: FoundSecret | FoundLink, what: string, remedy: string): Difference => ({
  about: one.namespace === undefined ? one.name : `${one.namespace}/${one.name}`,
  source: "repository",
  what: `(${one.where}) ${what}`,
  remedy,
});

/**
 * A Secret in a file is a second writer of the program's, unless the program leaves it to others.
 */
function judgeSecret(one: FoundSecret, secret: InventorySecret | undefined): Difference[] {
  if (secret?.producer.kind === "outside") return [];
  if (secret === undefined)
    return [difference(one, `is a ${one.kind} that is not the program's`, "say whose it is, in a record of catalog/, or remove it")];
  return [difference(one, `is a ${one.kind}, and by the program it is made by ${producerInWords(secret)}`, REMOVE)];
}

function judgeFetching(one: FoundLink, secret: InventorySecret | undefined): Difference[] {
  if (secret?.producer.kind === "outside") return [];
  const what = `is an ExternalSecret that writes the Secret ${one.secret}`;
  if (secret === undefined)
    return [difference(one, `${what}, which is not the program's`, "say whose it is, in a record of catalog/, or remove it")];
  return [difference(one, `${what}, which by the program is made by ${producerInWords(secret)}`, REMOVE)];
}

function judgePushing(one: FoundLink, secret: InventorySecret | undefined): Difference[] {
  const what = `is a PushSecret that copies the Secret ${one.secret} to ${one.remoteKeys.join(", ") || "a path that is rendered later"}`;
  const by = secret?.mirror === undefined ? "which the program copies nowhere" : `which the program copies to ${secret.mirror}`;
  return [difference(one, `${what}, ${by}`, "remove it: copies are `vault.mirror`'s")];
}

const REMOVE = "remove it: two writers of one Secret undo each other's work";
