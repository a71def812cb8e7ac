import { setTimeout as delay } from "node:timers/promises";
import type { Missing, Probe } from "./types";
import { Refused } from "../../kube/live";

/** How long to wait: so many looks, and so long between two. */
export interface Patience {
  readonly attempts: number;
  readonly sleepSeconds: number;
}

/** Five minutes in all. */
const DEFAULT: Patience = { attempts: 60, sleepSeconds: 5 };

/** As the environment has it. @throws {Refused} For what is no number. */
export function patienceOf(env: Readonly<Record<string, string | undefined>>): Patience {
  const read = (name: string, fallback: number, least: number) => {
    const text = env[name] ?? "";
    if (text === "") return fallback;
    const value = Number(text);
    if (!Number.isFinite(value) || value < least || (least === 1 && !Number.isInteger(value)))
      throw new Refused(`${name} is not a number of ${least === 1 ? "attempts" : "seconds"}`);
    return value;
  };
  return {
    attempts: read("EXTERNALSECRET_WAIT_ATTEMPTS", DEFAULT.attempts, 1),
    sleepSeconds: read("EXTERNALSECRET_WAIT_SLEEP", DEFAULT.sleepSeconds, 0),
  };
}

export interface Outcome {
  readonly missing: readonly Missing[];
  readonly attempts: number;
}

/**
 * Looks until nothing is missing, or patience is at its end.
 * @param waiting Told after each look but the last what it found.
 * @throws {Refused} At once, where the account may not look; what else a look failed with only if the last one did, too.
 */
export async function awaitAll(
  probes: readonly Probe[],
  { attempts, sleepSeconds }: Patience,
  waiting: (missing: readonly Missing[] | undefined, attempt: number) => void,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    const results = await Promise.allSettled(probes.map((probe) => probe()));
    const failed = results.filter((result) => result.status === "rejected").map(({ reason }): unknown => reason);
    const fatal = failed.find((reason) => reason instanceof Refused) ?? (attempt >= attempts ? failed[0] : undefined);
    if (fatal !== undefined) throw fatal as Error;
    const missing = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    if (failed.length === 0 && (missing.length === 0 || attempt >= attempts)) return { missing, attempts: attempt };
    waiting(failed.length > 0 ? undefined : missing, attempt);
    await delay(sleepSeconds * 1000);
  }
}
