import { ageInDays } from "../../rotation/age";
import type { LiveFacts } from "./live";
import { idOf } from "./program";
import type { Inventory, InventoryReport } from "./types";

/**
 * When each Secret of the program's was changed last, and how long ago.
 * @param now When the cluster was asked.
 */
export function agesOf({ secrets }: Inventory, live: LiveFacts, now: Date): NonNullable<InventoryReport["ages"]> {
  const changed = new Map(live.secrets.map(({ namespace = "", name, changedAt }) => [idOf({ namespace, name }), changedAt]));
  const known = secrets.flatMap((secret) => {
    const changedAt = changed.get(idOf(secret));
    return changedAt === undefined ? [] : [[idOf(secret), { changedAt, days: Math.floor(ageInDays(changedAt, now)) }] as const];
  });
  return Object.fromEntries(known);
}

/** Those that are older than they may be. */
export function overdue({ secrets }: Inventory, ages: NonNullable<InventoryReport["ages"]>): string[] {
  return secrets.flatMap((secret) => {
    const [age, { maxAgeDays, policy }] = [ages[idOf(secret)], secret.rotation];
    if (age === undefined || maxAgeDays === undefined || age.days < maxAgeDays) return [];
    return [`${idOf(secret)} is ${age.days} days old, and ${maxAgeDays} are allowed: ${policy}`];
  });
}
