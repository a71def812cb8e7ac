import { loginRole, roleSecret, SLOTS, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import { ADOPTED, type RotationEntry } from "../config/rotation";
import { countOf, generationOf, UNUSED, ZERO } from "./entry";

/** The cluster's word on a service's credentials: the marks of its Secrets. */
export interface LiveCredential {
  /** The Secret that the application reads; absent when there is none. */
  readonly application?: {
    /** Role that it logs in as; absent in a Secret that is not ours (yet). */
    readonly login?: string;
    readonly previous?: string;
    readonly generation?: string;
    /** Generation that it was made in. */
    readonly first?: string;
    /** When its data changed last. */
    readonly changedAt?: Date;
  };
  /** The same Secret in other namespaces, where it is there. */
  readonly copies?: readonly { readonly namespace: string; readonly login?: string; readonly changedAt?: Date }[];
  /** Generation that each slot's password was made for, of the role Secrets that are there. */
  readonly generations: Readonly<Partial<Record<Slot, string>>>;
}

/** @param find The marks of a Secret by its name, of those that are this program's. */
export function generationsOf(
  service: string,
  find: (secret: string) => { readonly generation?: string } | undefined,
): LiveCredential["generations"] {
  return Object.fromEntries(
    SLOTS.flatMap((slot) => {
      const { generation } = find(roleSecret(service, slot)) ?? {};
      return generation === undefined ? [] : [[slot, generation]];
    }),
  );
}

/**
 * The logins whose password somebody may have, by its generation, and that which the application's
 * Secret names.
 */
export interface LiveLogins {
  readonly current?: Slot;
  readonly previous?: Slot;
  readonly generations: Readonly<Partial<Record<Slot, string>>>;
}

/**
 * The logins that the marks come to. A Secret that is not ours yet, or is from before there were marks, has
 * the owner's credential; so has what is adopted.
 */
export function liveLogins({ role, adopt }: Pick<Service, "role" | "adopt">, { application, generations }: LiveCredential): LiveLogins {
  const slotOf = (name: string | undefined) => SLOTS.find((slot) => loginRole(role, slot) === name);
  const isAdopted = adopt !== undefined && Object.keys(generations).length === 0;
  const current = slotOf(application?.login) ?? (application || isAdopted ? "owner" : undefined);
  const previous = application && slotOf(application.previous);
  // The role's Secret says so; should it be gone, the application's does for the one that it names.
  const said = current === undefined ? {} : { [current]: application?.generation ?? ADOPTED };
  const known = Object.entries({ ...said, ...generations }).filter(([, generation]) => generation !== UNUSED);
  return {
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
    generations: Object.fromEntries(known),
  };
}

/** The entry that keeps every password which is in use: what the cluster says. */
export function observed(service: Pick<Service, "role" | "adopt" | "rotation">, live: LiveCredential): RotationEntry {
  const { current, previous, generations: texts } = liveLogins(service, live);
  const found = new Map(SLOTS.flatMap((slot) => (texts[slot] === undefined ? [] : [[slot, generationOf(texts[slot])] as const])));
  const { first = ZERO } = live.application ?? {};
  const begun: RotationEntry = first === ZERO ? {} : { first: generationOf(first) };
  const next = found.size === 0 ? 0 : 1 + Math.max(...[...found.values()].map(countOf));
  // The one in use, where the file's strategy is about to leave it; then the one before it, as its
  // Secret says.
  const beside = (active: Slot): RotationEntry => {
    const kept = [current, previous, ...found.keys()].find((slot) => slot !== undefined && slot !== active && found.has(slot));
    return kept === undefined ? {} : { [kept]: found.get(kept) };
  };
  if (service.rotation.strategy === "inPlace") {
    const gone: RotationEntry = Object.fromEntries(
      (["a", "b"] as const).flatMap((slot) => (live.generations[slot] === undefined ? [] : [[slot, "retired"]])),
    );
    // A password that is adopted in place has the generation that its service begins with.
    const isNew = current === undefined || (current === "owner" && texts.owner === ADOPTED && live.generations.owner === undefined);
    return { generation: isNew ? 0 : (found.get("owner") ?? next), ...gone, ...beside("owner"), ...begun };
  }
  const turns = (["a", "b"] as const).filter((slot) => found.has(slot));
  const active = turns.find((slot) => slot === current) ?? turns.find((slot) => slot !== previous) ?? (previous === "a" ? "b" : "a");
  return { active, [active]: found.get(active) ?? next, ...beside(active), ...begun };
}
