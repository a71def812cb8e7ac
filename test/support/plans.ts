import type { Service } from "../../catalog/service";
import { planRotation, type LiveCredential, type RotationPlan } from "../../rotation/plan";
import { service } from "./fixtures";
import { lines } from "./problems";

export const NOW = new Date("2026-07-01T12:00:00.000Z");
export const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

export interface Given {
  strategy?: "inPlace" | "alternating";
  generation?: string;
  retired?: string;
  bootstrapOwner?: true;
  adopt?: { secret: string; key: string };
}

/** The service that the tests are about. */
export function agents({ strategy = "alternating", generation = "0.0.1", retired, bootstrapOwner, adopt }: Given): Service {
  return {
    ...service("agents"),
    rotation: { strategy, generation, ...(retired === undefined ? {} : { retired }) },
    bootstrapOwner: bootstrapOwner ?? false,
    ...(adopt ? { adopt } : {}),
  };
}

/** A plan as one line: whose turn it is, who had it, each login's password with a `+` if it may log in. */
export function inWords({ active, previous, current, logins, dropped, rotates, provenFirst }: RotationPlan): string {
  return [
    `${current ?? "nothing"} -> ${active.slot}`,
    logins.map(({ slot, generation, login }) => `${slot} ${generation}${login ? " +" : ""}`).join(", "),
    ...(previous ? [`${previous} still in`] : []),
    ...(dropped.length > 0 ? [`${dropped.join(", ")} dropped`] : []),
    ...(rotates ? ["rotates"] : []),
    ...(provenFirst ? ["proven first"] : []),
  ].join("; ");
}

/** The plan for it as one line, or what stands in its way. */
export function plan(given: Given, live: LiveCredential, settleSeconds = 120): string {
  const outcome = planRotation(agents(given), live, settleSeconds, NOW);
  return "plan" in outcome ? inWords(outcome.plan) : lines([outcome.problem]).join("\n");
}

/** What the Secret that the application reads says. */
export const reading = (login: string, generation: string, previous?: string, changedAt = ago(3600)) => ({
  login: login === "owner" ? "agents" : `agents_${login}`,
  generation,
  ...(previous === undefined ? {} : { previous: previous === "owner" ? "agents" : `agents_${previous}` }),
  changedAt,
});
export const inPlace = { strategy: "inPlace" } as const;
