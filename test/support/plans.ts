import type { Service } from "../../catalog/service";
import type { RotationEntry } from "../../config/rotation";
import { checkRotation } from "../../rotation/check";
import type { LiveCredential } from "../../rotation/live";
import { planRotation, type RotationPlan } from "../../rotation/plan";
import { service } from "./fixtures";
import { lines } from "./problems";

export const NOW = new Date("2026-07-01T12:00:00.000Z");
export const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

export interface Given {
  strategy?: "inPlace" | "alternating";
  entry?: RotationEntry;
  bootstrapOwner?: true;
  adopt?: NonNullable<Service["adopt"]>;
}

/** The service that the tests are about. */
export function agents({ strategy = "alternating", entry = {}, bootstrapOwner, adopt }: Given): Service {
  return {
    ...service("agents"),
    rotation: { strategy, entry },
    bootstrapOwner: bootstrapOwner ?? false,
    ...(adopt ? { adopt } : {}),
  };
}

/**
 * A plan as one line: who is in use, each login's password with a `+` if it may log in, who is
 * still in and who goes.
 */
export function inWords({ active, previous, logins, dropped, first, provenFirst }: RotationPlan): string {
  return [
    active.slot,
    logins.map(({ slot, generation, login }) => `${slot} ${generation}${login ? " +" : ""}`).join(", "),
    ...(previous ? [`${previous} still in`] : []),
    ...(dropped.length > 0 ? [`${dropped.map(({ role }) => role).join(", ")} dropped`] : []),
    ...(first === "0.0.0" ? [] : [`since ${first}`]),
    ...(provenFirst ? ["proven first"] : []),
  ].join("; ");
}

export function plan(given: Given): string {
  return inWords(planRotation(agents(given)));
}

/** The problems that stand in its way, as the cluster is, a line each. */
export function check(given: Given, live: LiveCredential, settleSeconds = 120): string[] {
  const of = agents(given);
  return lines(checkRotation({ service: of, plan: planRotation(of) }, live, settleSeconds, NOW));
}

/** What the Secret that the application reads says. */
export const reading = (login: string, generation: string, previous?: string, changedAt = ago(3600)) => ({
  login: login === "owner" ? "agents" : `agents_${login}`,
  generation,
  ...(previous === undefined ? {} : { previous: previous === "owner" ? "agents" : `agents_${previous}` }),
  changedAt,
});
export const inPlace = { strategy: "inPlace" } as const;
