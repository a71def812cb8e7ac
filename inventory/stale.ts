import { idOf } from "./program";
import { parseMarkdown } from "./markdown";
import { distinct } from "./sort";
import type { Inventory, InventorySecret } from "./types";

/**
 * How a page that was committed differs from what it should be, in words; nothing when it does not.
 * @param committed `undefined` where there is none.
 */
export function staleness(committed: string | undefined, page: string, inventory: Inventory): string[] {
  if (committed === page) return [];
  if (committed === undefined) return ["there is no such page"];
  const before = parseMarkdown(committed);
  if (before === undefined) return ["it has no inventory in it that can be read"];
  const changes = compareInventories(before, inventory);
  return changes.length > 0
    ? changes
    : [`the text differs from line ${firstDifference(committed, page)} on, and the inventory in it does not`];
}

/** What of an inventory is another since, a line each. */
export function compareInventories(before: Inventory, now: Inventory): string[] {
  const { secrets: former, ...oldHead } = before;
  const { secrets, ...head } = now;
  const [old, present] = [new Map(former.map((one) => [idOf(one), one])), new Map(secrets.map((one) => [idOf(one), one]))];
  return [
    ...fields(oldHead, head),
    ...distinct([...old.keys(), ...present.keys()]).flatMap((id) => {
      const [was, is] = [old.get(id), present.get(id)];
      if (was === undefined) return [`Secret ${id} is new: ${inWords(is!)}`];
      if (is === undefined) return [`Secret ${id} is gone`];
      return fields(was, is).map((line) => `Secret ${id}: ${line}`);
    }),
  ];
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

function firstDifference(a: string, b: string): number {
  const [one, other] = [a.split("\n"), b.split("\n")];
  return one.findIndex((line, index) => line !== other[index]) + 1 || one.length + 1;
}
