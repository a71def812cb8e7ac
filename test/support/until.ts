import { eventually } from "../../lab/wait";

/** More than anything takes that the tests wait for on a machine whose cores are busy. */
const SECONDS = 120;

/**
 * Looks until what is seen is what is wanted.
 * @param what What is looked at, for the message of a failure.
 * @throws {Error} After two minutes, with what was seen last; at once, with what `look` throws.
 */
export async function until<T extends string | number | boolean>(what: string, look: () => Promise<T> | T, wanted: T): Promise<void> {
  let seen: T | undefined;
  const expired = () => new Error(`${what}: ${String(seen)} after ${SECONDS} s, not ${String(wanted)}`);
  await eventually({ seconds: SECONDS, everyMs: 50, expired }, async () => ((seen = await look()) === wanted ? true : undefined));
}
