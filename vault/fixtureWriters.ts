import type { Problem } from "../config/problem";
import type { Fixture, Fixtures, PlannedKey } from "./fixture";

/** Who writes what into Vault. */
export interface Writers {
  /** Of the paths that this program writes, all of their keys. */
  readonly planned: readonly PlannedKey[];
  /**
   * What somebody else has to write, whole: keys of third parties and of services, and beside them
   * those whose value is in the map.
   */
  readonly fromOutside: Fixtures;
}

/**
 * A path of a kv engine is written whole: who writes one key of it replaces the others. This
 * program therefore writes a path when it knows every key, and no other.
 * @param planned What it knows.
 */
export function writersOf(fixtures: Fixtures, planned: readonly PlannedKey[]): Writers {
  const known = new Set(planned.map(({ path, key }) => `${path}#${key}`));
  const isWhole = (path: string) => Object.keys(fixtures[path] ?? {}).every((key) => known.has(`${path}#${key}`));
  return {
    planned: planned.filter(({ path }) => isWhole(path)),
    fromOutside: Object.fromEntries(Object.entries(fixtures).filter(([path]) => !isWhole(path))),
  };
}

/** For people: of each key its value, where the map has it, or whose it is. */
export type Outside = Readonly<Record<string, Readonly<Record<string, string>>>>;

const WHOSE = { external: "of a third party", service: "of the service" } as const;

export function outside(fixtures: Fixtures): Outside {
  const mapped = <From, To>(of: Readonly<Record<string, From>>, to: (one: From) => To) =>
    Object.fromEntries(Object.entries(of).map(([name, one]) => [name, to(one)]));
  return mapped(fixtures, (fixture) =>
    mapped(fixture, (key) => {
      // A generated one is not from outside.
      if (key.origin === "generated") throw new Error("a path with a generated key is written by nobody: `checkWriters`");
      return key.origin === "plain" ? key.value : WHOSE[key.origin];
    }),
  );
}

/**
 * A problem for every path that neither this program nor anybody else could write outside dev: it
 * has keys that only the state knows, and others that the state does not know.
 * @param where What is before the path in a problem's own.
 */
export function checkWriters(fixtures: Fixtures, where: string): Problem[] {
  return Object.entries(fixtures).flatMap(([path, fixture]) => {
    const [own, others] = [keysOf(fixture, ["generated"]), keysOf(fixture, ["external", "service"])];
    if (own.length === 0 || others.length === 0) return [];
    const message = `has ${quoted(own)} from this program's state and ${quoted(others)} from outside, and a write of one replaces the other`;
    return [{ path: `${where}.${path}`, message, remedy: "give one of both a path of its own" }];
  });
}

function keysOf(fixture: Fixture, origins: readonly string[]): string[] {
  return Object.entries(fixture).flatMap(([key, { origin }]) => (origins.includes(origin) ? [key] : []));
}

const quoted = (keys: readonly string[]) => keys.map((key) => `\`${key}\``).join(", ");
