import { idOf } from "./program";
import { parseCompact } from "./markdown";
import { title } from "./owners";
import { distinct } from "../shared/sort";
import type { Inventory, InventorySecret } from "./types";

/**
 * How the JSON that was committed differs from what it should be, in words; nothing when it does
 * not.
 * @param committed `undefined` where there is none.
 */
export function staleness(committed: string | undefined, json: string, inventory: Inventory): string[] {
  if (committed === json) return [];
  if (committed === undefined) return ["there is no such file"];
  const before = parseCompact(committed);
  if (before === undefined) return ["it has no inventory that can be read"];
  const changes = compareInventories(before, inventory);
  return changes.length > 0
    ? changes
    : [`the text differs from line ${firstDifference(committed, json)} on, and the inventory in it does not`];
}

/** What of an inventory is another since, a line each. */
export function compareInventories(before: Inventory, now: Inventory): string[] {
  const { secrets: former, owners: oldOwners, ...oldHead } = before;
  const { secrets, owners, ...head } = now;
  return [
    ...fields(oldHead, head),
    ...entries(oldOwners, owners, title, ({ description }) => description),
    ...entries(former, secrets, (secret) => `Secret ${idOf(secret)}`, inWords),
  ];
}

/** What came, went and is another, each called by its name. */
function entries<T extends object>(
  former: readonly T[],
  present: readonly T[],
  name: (one: T) => string,
  words: (one: T) => string,
): string[] {
  const [old, now] = [former, present].map((all) => new Map(all.map((one) => [name(one), one]))) as [Map<string, T>, Map<string, T>];
  return distinct([...old.keys(), ...now.keys()]).flatMap((id) => {
    const [was, is] = [old.get(id), now.get(id)];
    if (was === undefined) return [`${id} is new: ${words(is!)}`];
    if (is === undefined) return [`${id} is gone`];
    return fields(was, is).map((line) => `${id}: ${line}`);
  });
}

function fields(was: object, is: object): string[] {
  const [before, now] = [was, is] as Record<string, unknown>[];
  return distinct([...Object.keys(before!), ...Object.keys(now!)]).flatMap((field) => {
    const [one, other] = [before![field], now![field]];
    if (JSON.stringify(one) === JSON.stringify(other)) return [];
    if (Array.isArray(one) && Array.isArray(other)) return listed(field, one, other);
    return [`${field} was ${shown(one)} and is ${shown(other)}`];
  });
}

/** Of a list what came and went. */
function listed(field: string, was: readonly unknown[], is: readonly unknown[]): string[] {
  const [before, now] = [was.map(shown), is.map(shown)];
  const [gone, come] = [before.filter((one) => !now.includes(one)), now.filter((one) => !before.includes(one))];
  if (gone.length === 0 && come.length === 0) return [`${field} are in another order`];
  return [...come.map((one) => `${field} now have ${one}`), ...gone.map((one) => `${field} no longer have ${one}`)];
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function inWords({ ownerKind, owner, origins, keys }: InventorySecret): string {
  return `${origins.join(", ")}, of ${ownerKind} ${owner}, with ${keys.map(({ name }) => name).join(", ")}`;
}

/** The first line in which two texts differ. */
export function firstDifference(a: string, b: string): number {
  const [one, other] = [a.split("\n"), b.split("\n")];
  return one.findIndex((line, index) => line !== other[index]) + 1 || one.length + 1;
}
