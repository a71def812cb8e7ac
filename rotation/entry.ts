import { SLOTS, type Slot } from "../catalog/names";
import { activeOf, DEFAULT_ENTRIES, isListed, isSilent, type Generation, type RotationEntry } from "../config/rotation";
import type { Strategy } from "../config/schema";

/** The generation of a password that nothing may log in with: not used yet, or retired. */
export const UNUSED = "unused";
/** The one of a service that nothing has been rotated of. */
export const ZERO = "0.0.0";

/**
 * A generation as passwords, Secrets and outputs have it. The first one is called as it was before
 * there were numbers, so that it keeps its password.
 */
export function generationText(generation: Generation): string {
  return generation === 0 ? ZERO : String(generation);
}

/** The same as an entry has it. */
export function generationOf(text: string): Generation {
  if (text === ZERO) return 0;
  return /^\d+$/.test(text) ? Number(text) : text;
}

/**
 * How many rotations came before it: of the older form, those of all, of its groups, and its own.
 * The one of an adopted password, or of none, comes before all.
 */
export function countOf(generation: Generation | undefined): number {
  if (typeof generation === "number") return generation;
  const parts = (generation ?? "").split(".").map(Number);
  return parts.every(Number.isInteger) ? parts.reduce((sum, part) => sum + part, 0) : 0;
}

/** A service's entry, with what its file leaves out. */
export function fullEntry(strategy: Strategy, entry: RotationEntry = {}): RotationEntry {
  if (strategy === "inPlace") return { ...DEFAULT_ENTRIES.inPlace, ...entry };
  return isSilent(entry) ? { ...DEFAULT_ENTRIES.alternating, ...entry } : { active: activeOf(entry), ...entry };
}

/** The login that the application's Secret is to name. */
export function inUse(strategy: Strategy, entry: RotationEntry): Slot {
  return strategy === "inPlace" ? "owner" : activeOf(entry);
}

/** The login before, which may still log in. */
export function besideOf(strategy: Strategy, entry: RotationEntry): Slot | undefined {
  const active = inUse(strategy, entry);
  return SLOTS.find((slot) => slot !== active && isListed(entry[slot]));
}

/**
 * The next turn: another password in place; where logins alternate, that of the idle one. Whichever
 * login came before the one in use is over.
 */
export function rotated(strategy: Strategy, entry: RotationEntry): RotationEntry {
  const full = fullEntry(strategy, entry);
  if (strategy === "inPlace") return { ...retired(strategy, full), generation: next(full) };
  const idle = activeOf(full) === "a" ? "b" : "a";
  return { ...full, active: idle, [idle]: next(full), ...(full.owner === undefined ? {} : { owner: "retired" }) };
}

/**
 * The login before may not log in any more. Those that a service in place had are gone for good.
 */
export function retired(strategy: Strategy, entry: RotationEntry): RotationEntry {
  const full = fullEntry(strategy, entry);
  const before = besideOf(strategy, full);
  if (before === undefined) return full;
  return { ...full, ...(strategy === "inPlace" ? { a: "retired", b: "retired" } : { [before]: "retired" }) };
}

/** The way from one strategy to the other: another login, beside the one in use until now. */
export function switched(from: Strategy, entry: RotationEntry): RotationEntry {
  const full = fullEntry(from, entry);
  const begun = full.first === undefined ? {} : { first: full.first };
  if (from === "alternating") {
    const current = activeOf(full);
    return { generation: next(full), a: "retired", b: "retired", [current]: full[current], ...begun };
  }
  // Not the one that may still be in use.
  const active = isListed(full.a) ? "b" : "a";
  return { active, [active]: next(full), owner: full.generation ?? 0, ...begun };
}

/** Whether a service without an entry is the same. */
export function isDefault(strategy: Strategy, entry: RotationEntry): boolean {
  const [said, unsaid] = [entry, fullEntry(strategy)].map((one) => JSON.stringify(Object.entries(one).sort()));
  return said === unsaid;
}

/** As a stack's file has it. */
export function entryText(entry: RotationEntry): string {
  const fields = ENTRY_KEYS.flatMap((key) => (entry[key] === undefined ? [] : [`${key}: ${entry[key]}`]));
  return `{ ${fields.join(", ")} }`;
}

/** The order in which an entry is read. */
export const ENTRY_KEYS = ["generation", "active", "a", "b", "owner", "first"] as const satisfies readonly (keyof RotationEntry)[];

function next(entry: RotationEntry): number {
  return 1 + Math.max(...[entry.generation, entry.owner, entry.a, entry.b].map((value) => (isListed(value) ? countOf(value) : 0)));
}
