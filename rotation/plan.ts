import { loginRole, roleObject, roleSecret, SLOTS, type Slot } from "../catalog/names";
import type { Service } from "../catalog/service";
import { ADOPTED, isListed } from "../config/rotation";
import { besideOf, fullEntry, generationText, inUse, UNUSED, ZERO } from "./entry";

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

/** Which credential a service has, and what becomes of the others. */
export interface RotationPlan {
  readonly service: string;
  /** The login that the application's Secret names. */
  readonly active: Login;
  /** The login that it named before, which may still be in use. */
  readonly previous?: Slot;
  /** Every login that has a password, the owner's first. */
  readonly logins: readonly Login[];
  /**
   * Former logins, whose roles are not to be there: for good, so that the Cluster does not change
   * once more when they are gone.
   */
  readonly dropped: readonly Pick<Login, "role" | "secret">[];
  /** Generation that the service began with. */
  readonly first: string;
  /**
   * Whether the credential is proven before the application's Secret names it: wherever the one
   * that it has stays valid until then.
   */
  readonly provenFirst: boolean;
}

/** Whether the credential is another than the first one, which is nothing to restart for. */
export function hasRotated({ active, previous, first }: Pick<RotationPlan, "active" | "previous" | "first">): boolean {
  return previous !== undefined || active.generation !== first;
}

/** A service, with the plan for its credential. */
export interface PlannedService {
  readonly service: Service;
  readonly plan: RotationPlan;
}

/**
 * A service's logins as the stack's file has them, in full. Nothing else decides: the cluster is
 * asked only whether it may be so (`check.ts`).
 */
export function planRotation(service: Service): RotationPlan {
  const { strategy } = service.rotation;
  const entry = fullEntry(strategy, service.rotation.entry);
  const slot = inUse(strategy, entry);
  const previous = besideOf(strategy, entry);
  const lasting = lastingSlots(service);
  const logins = SLOTS.filter((one) => one === slot || one === previous || lasting.includes(one)).map((one): Login => {
    const said = strategy === "inPlace" && one === "owner" ? entry.generation : entry[one];
    return {
      slot: one,
      role: loginRole(service.role, one),
      secret: roleSecret(service.name, one),
      object: roleObject(service.name, one),
      // A password that may not log in any more is replaced, so that nothing can bring it back.
      generation: isListed(said) ? generationText(said) : UNUSED,
      login: isListed(said),
    };
  });
  return {
    service: service.name,
    active: logins.find((login) => login.slot === slot)!,
    ...(previous ? { previous } : {}),
    logins,
    dropped: SLOTS.filter((one) => !lasting.includes(one) && one !== "owner" && entry[one] === "retired").map((one) => ({
      role: loginRole(service.role, one),
      secret: roleSecret(service.name, one),
    })),
    first: entry.first === undefined ? ZERO : generationText(entry.first),
    provenFirst: strategy === "alternating" || previous !== undefined,
  };
}

export function planRotations(services: readonly Service[]): PlannedService[] {
  return services.map((service) => ({ service, plan: planRotation(service) }));
}

/** The logins that a service has for good. Another one goes once it may not log in any more. */
export function lastingSlots({ rotation, bootstrapOwner }: Pick<Service, "rotation" | "bootstrapOwner">): Slot[] {
  const turns: readonly Slot[] = rotation.strategy === "inPlace" ? ["owner"] : ["a", "b"];
  // What initdb was told of the owner names its Secret for good.
  return SLOTS.filter((slot) => turns.includes(slot) || (bootstrapOwner && slot === "owner"));
}

/**
 * Whether a login's password is the adopted one, for as long as its generation stays: that of the
 * login whose own Secret is named, as a stack does whose state is lost; else the owner's, when the
 * service begins.
 */
export function isAdopted({ name, adopt }: Pick<Service, "name" | "adopt">, { first }: RotationPlan, { slot, generation }: Login): boolean {
  if (adopt === undefined) return false;
  const own = SLOTS.find((one) => roleSecret(name, one) === adopt.secret);
  return own === undefined ? slot === "owner" && [first, ADOPTED].includes(generation) : slot === own;
}
