import { loginRole, roleObject, roleSecret, SLOTS, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import type { Problem } from "../config/problem";

/** What the cluster says of a service's credentials: the marks of its Secrets. */
export interface LiveCredential {
  /** The Secret that the application reads; absent when there is none. */
  application?: {
    /** Role that it logs in as; absent in a Secret that is not ours (yet). */
    login?: string;
    previous?: string;
    generation?: string;
    /** Generation that it was made in. */
    first?: string;
    /** When its data changed last. */
    changedAt?: Date;
  };
  /** Generation that each slot's password was made for, of the role Secrets that are there. */
  generations: Partial<Record<Slot, string>>;
  /** Roles that the Cluster says are not to be there. */
  absent?: readonly string[];
}

/** A login role of a service, with a password of its own. */
export interface Login {
  readonly slot: Slot;
  readonly role: string;
  /** The Secret that CloudNativePG reads its password from. */
  readonly secret: string;
  /** Its DatabaseRole object, where there are such objects. */
  readonly object: string;
  /** A change of it replaces the password. */
  readonly generation: string;
  /** Whether Postgres lets it in: the one in use, the one before until it is retired. */
  readonly login: boolean;
}

/** Which credential a service has after this `up`, and what becomes of the others. */
export interface RotationPlan {
  readonly service: string;
  /** The login that the application's Secret names in the end. */
  readonly active: Login;
  /** The login that it named before, which may still be in use. */
  readonly previous?: Slot;
  /** The login that it names now; absent before the first `up`. */
  readonly current?: Slot;
  /** Every login that has a password, the owner's first. */
  readonly logins: readonly Login[];
  /** Roles of former logins, which are not to be there: for good, so that the Cluster does not change once more when they are gone. */
  readonly dropped: readonly string[];
  /** Those of them that go now. */
  readonly dropping: readonly string[];
  /** Whether this `up` gives the application another credential. */
  readonly rotates: boolean;
  /** Generation that the service began with. */
  readonly first: string;
  /** Whether the new credential is proven before the application's Secret names it: wherever the one it has stays valid until then. */
  readonly provenFirst: boolean;
}

/** The generation of a password that nothing may log in with: not used yet, or retired. */
const UNUSED = "unused";
/** That of a password from before there were generations: an adopted one. */
const ADOPTED = "adopted";
/** That of a service that nothing has been rotated of, in a Secret that does not say what it began with. */
const ZERO = "0.0.0";

/**
 * Decides which login is whose turn. The rule everything else follows from: the password of the login that the application's Secret names now is never
 * touched while another can take its place. What it names is read off the Secret itself, so that an interrupted rotation goes on with the same login, and
 * any change of the generation takes the other one.
 */
export function planRotation(
  service: Service,
  live: LiveCredential,
  settleSeconds: number,
  now = new Date(),
): { plan: RotationPlan } | { problem: Problem } {
  const { strategy, generation, retired } = service.rotation;
  const slotOf = (role: string | undefined) => SLOTS.find((slot) => loginRole(service.role, slot) === role);
  const candidates = takingTurns(strategy);
  // What is adopted is the owner's credential, in whatever Secret it is.
  const isAdopted = service.adopt !== undefined && Object.keys(live.generations).length === 0;
  const current = slotOf(live.application?.login) ?? (live.application || isAdopted ? "owner" : undefined);
  const settled = current !== undefined && live.application?.generation === generation && candidates.includes(current);
  const named = slotOf(live.application?.previous);
  const active = settled ? current : nextSlot(candidates, current, named, live, generation);
  if (active === undefined) return lostTurn(service);
  const good = SLOTS.filter((slot) => slot !== active && ![undefined, UNUSED].includes(live.generations[slot]));
  if (!live.application && good.length > 1) return lostTurn(service);
  // Without the Secret that names it, the one before is the other whose password is still good: that which was adopted, when a killed run came no further.
  const isHalfAdopted = service.adopt !== undefined && strategy === "alternating" && retired !== generation;
  const before = live.application ? named : (good[0] ?? (isHalfAdopted && live.generations.owner === undefined ? "owner" : undefined));
  if (!settled && retired === generation && (current ?? before) !== undefined) {
    return problem(
      `rotation.retired.${service.name}`,
      "retires the credential that the application still has: it has not been rotated yet",
      "rotate first, and retire when nothing uses the previous credential any more",
    );
  }
  // To go back to the generation before is to go back to its password, which is still good.
  const isUndone = active === before && live.generations[active] === generation;
  const ends = before !== undefined && before !== current && (settled ? retired === generation : !isUndone);
  const wait = settleSeconds * 1000 - (now.getTime() - (live.application?.changedAt?.getTime() ?? 0));
  if (ends && wait > 0) {
    return problem(
      `rotation.${settled ? "retired" : "services"}.${service.name}`,
      `ends the credential of ${loginRole(service.role, before)}, which containers may still hold: the last change is less than ${settleSeconds} s ago (kubelet refreshes mounted Secrets with a delay)`,
      `wait until ${new Date(now.getTime() + wait).toISOString()}, or lower \`rotation.settleSeconds\``,
    );
  }
  const previous = previousSlot({ settled, current, before, active, retired: retired === generation });
  const kept = new Set<Slot>([active, ...(previous ? [previous] : []), ...(current ? [current] : []), ...lastingSlots(service)]);
  const logins = SLOTS.filter((slot) => kept.has(slot)).map((slot) => ({
    slot,
    role: loginRole(service.role, slot),
    secret: roleSecret(service.name, slot),
    object: roleObject(service.name, slot),
    generation: slot === active ? generation : slot === previous ? generationOf(slot, current, live) : UNUSED,
    login: slot === active || slot === previous,
  }));
  const former = SLOTS.filter((slot) => slot !== "owner" && !kept.has(slot));
  const roles = (of: (slot: Slot, role: string) => boolean) =>
    former.flatMap((slot) => (of(slot, loginRole(service.role, slot)) ? [loginRole(service.role, slot)] : []));
  return {
    plan: {
      service: service.name,
      active: logins.find((login) => login.slot === active)!,
      ...(previous ? { previous } : {}),
      ...(current ? { current } : {}),
      logins,
      dropped: roles((slot, role) => live.generations[slot] !== undefined || (live.absent?.includes(role) ?? false)),
      dropping: roles((slot) => live.generations[slot] !== undefined),
      first: live.application?.first ?? (live.application?.generation === undefined ? generation : ZERO),
      rotates: current !== undefined && (current !== active || ![undefined, generation].includes(live.application?.generation)),
      provenFirst: strategy === "alternating" || (current !== undefined && current !== active),
    },
  };
}

/** The logins that a service has for good. Another one goes once it may not log in any more. */
export function lastingSlots({ rotation, bootstrapOwner }: Pick<Service, "rotation" | "bootstrapOwner">): Slot[] {
  const turns = takingTurns(rotation.strategy);
  // What initdb was told of the owner names its Secret for good.
  return SLOTS.filter((slot) => turns.includes(slot) || (bootstrapOwner && slot === "owner"));
}

function takingTurns(strategy: Service["rotation"]["strategy"]): readonly Slot[] {
  return strategy === "inPlace" ? ["owner"] : ["a", "b"];
}

/**
 * The generation that the password of the login before was made for. That of any other is `UNUSED`: a password that may not log in any more is replaced, so that
 * nothing can bring it back.
 */
function generationOf(slot: Slot, current: Slot | undefined, live: LiveCredential): string {
  // The role's Secret says so; should it be gone, the application's does for the one that it names.
  return live.generations[slot] ?? (slot === current ? live.application?.generation : undefined) ?? ADOPTED;
}

function lostTurn(service: Service): { problem: Problem } {
  return problem(
    `rotation.services.${service.name}`,
    `the Secret \`${service.secret}\`, which says whose turn it is, is gone`,
    "take the new generation or strategy back, run `pulumi up`, which makes it again, and rotate then",
  );
}

/** Every service's plan, or what stands in its way. */
export function planRotations(
  services: readonly Service[],
  credentials: Readonly<Record<string, LiveCredential>>,
  settleSeconds: number,
): { plans: RotationPlan[]; problems: Problem[] } {
  const outcomes = services.map((service) => planRotation(service, credentials[service.name] ?? { generations: {} }, settleSeconds));
  return {
    plans: outcomes.flatMap((outcome) => ("plan" in outcome ? [outcome.plan] : [])),
    problems: outcomes.flatMap((outcome) => ("problem" in outcome ? [outcome.problem] : [])),
  };
}

/** The login whose turn it is. Undefined when nothing says so, and a guess could take the one in use. */
function nextSlot(
  candidates: readonly Slot[],
  current: Slot | undefined,
  before: Slot | undefined,
  live: LiveCredential,
  generation: string,
): Slot | undefined {
  if (candidates.length === 1) return candidates[0];
  if (current !== undefined) {
    const others = candidates.filter((slot) => slot !== current);
    // Coming from the owner there are two to choose from: not the one that may still be in use.
    return others.find((slot) => slot !== before) ?? others[0];
  }
  const made = candidates.filter((slot) => live.generations[slot] !== undefined);
  return made.length === 0 ? candidates[0] : made.find((slot) => live.generations[slot] === generation);
}

function previousSlot(given: {
  settled: boolean;
  current: Slot | undefined;
  before: Slot | undefined;
  active: Slot;
  retired: boolean;
}): Slot | undefined {
  if (given.settled) return given.retired || given.before === given.active ? undefined : given.before;
  if (given.current === undefined) return given.before;
  return given.current === given.active ? undefined : given.current;
}

function problem(path: string, message: string, remedy: string): { problem: Problem } {
  return { problem: { path, message, remedy } };
}
