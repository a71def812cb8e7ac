import { setTimeout as sleep } from "node:timers/promises";

/**
 * Repeats `attempt` until it returns something other than `undefined`, and returns that.
 * @throws {Error} What `attempt` throws, at once; what `expired` makes, after `seconds`.
 */
export async function eventually<T>(
  limit: { seconds: number; everyMs?: number; expired: () => Error },
  attempt: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + limit.seconds * 1000;
  for (;;) {
    const value = await attempt();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw limit.expired();
    await sleep(limit.everyMs ?? 100);
  }
}
