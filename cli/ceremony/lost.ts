import type { CeremonyContext } from "./context";
import { FixableError } from "../../config/fixableError";
import type { Attempt } from "./record";

/**
 * How long a run waits for the answer to its initialisation: Vault makes keys, asks its key service
 * and founds its cluster first.
 */
export const ATTEMPT_MS = 60_000;

/** Of a Vault that is initialised, and whose keys were told to nobody who has them. */
export function lost({ address }: CeremonyContext, why: string): FixableError {
  return new FixableError(
    `Vault at ${address} is initialised, and nobody has its recovery keys or its root token: ${why}. Nothing is in it`,
    "make sure that nobody else has initialised it; then delete its storage (every volume claim of its StatefulSet, and the pods) and run this again: it begins anew",
  );
}

/**
 * Of one that a former run has asked for. As long as that run may still be there, it may get the
 * answer.
 */
export function attemptLost(context: CeremonyContext, { at }: Attempt): FixableError {
  const over = Date.parse(at) + ATTEMPT_MS;
  if (Date.now() >= over) return lost(context, `the run that asked for them on ${at} was ended before it had the answer`);
  return new FixableError(
    `Vault at ${context.address} is initialised, by a run that asked for it on ${at} and may be about to write down its keys`,
    `if that one still runs, let it end, and then run this again; if it does not, run this again after ${new Date(over).toISOString()}`,
  );
}
