import type { FixtureValue, FixtureValues } from "./configuration";
import type { Context } from "./context";
import { isObject, VaultError } from "./vaultApi";

/** How often a path is looked at again that somebody else has written in between. */
const ATTEMPTS = 5;
/** Paths at once. */
const AT_ONCE = 4;

/** What a path holds, and the version that a write has to name. */
interface Stored {
  readonly values: Readonly<Record<string, unknown>>;
  readonly version: number;
}

/**
 * Writes the fixtures that are missing or are not what they should be. A path whose values are
 * equal gets no new version; keys that are not in the map stay.
 */
export async function writeFixtures(context: Context, fixtures: FixtureValues): Promise<void> {
  const waiting = Object.entries(fixtures);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await writeFixture(context, ...next);
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function writeFixture(context: Context, path: string, wanted: Readonly<Record<string, FixtureValue>>): Promise<void> {
  const { vault, configuration, changed } = context;
  const place = `${configuration.fixtureMount}/data/${path}`;
  for (let attempt = 1; ; attempt++) {
    const { values, version } = stored(await vault.read(place));
    const changes = Object.entries(wanted).filter(([key, { value, initial }]) => (initial ? !(key in values) : values[key] !== value));
    if (changes.length === 0) return;
    const merged = { ...values, ...Object.fromEntries(changes.map(([key, { value }]) => [key, value])) };
    try {
      // Of this version only: a run beside this one may have written it, or a service its own key.
      await vault.write(place, { options: { cas: version }, data: merged });
    } catch (error) {
      if (attempt < ATTEMPTS && error instanceof VaultError && /check-and-set/.test(error.message)) continue;
      throw error;
    }
    const keys = changes.map(([key]) => key).join(", ");
    return changed(`wrote ${configuration.fixtureMount}/${path}: ${keys}`);
  }
}

/**
 * A secret that was never written has version 0; of one whose last version is deleted, only the
 * number is left.
 */
function stored(body: Record<string, unknown> | undefined): Stored {
  const data = isObject(body?.data) ? body.data : {};
  const version = isObject(data.metadata) && typeof data.metadata.version === "number" ? data.metadata.version : 0;
  return { values: isObject(data.data) ? data.data : {}, version };
}
