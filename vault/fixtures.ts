import { ENVIRONMENTS, type Environment } from "../config/environment";
import { clashes } from "../config/clashes";
import type { Problem } from "../config/problem";
import { checkWriters } from "./fixtureWriters";
import { fixtureResource } from "./names";
import type { FixtureKey, Fixture, Fixtures, FixtureMap, PlannedKey, Reference } from "./fixture";

const SEGMENT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
// What Kubernetes takes for a key of a Secret.
export const KEY = /^[-._a-zA-Z0-9]+$/;
const SECRET_WORDS = /(pass(word|phrase)?|secret|token|credential|private|salt|api[-_]?key|encryption[-_]?key|access[-_]?key)$/i;
const SHORTEST = 16;

/** What Vault is to hold in an environment. */
export function fixturesOf({ shared, environments }: FixtureMap, environment: Environment): Fixtures {
  const result: Record<string, Fixture> = { ...shared };
  for (const [path, change] of Object.entries(environments[environment])) {
    if (change === null) delete result[path];
    else {
      const keys = Object.entries({ ...result[path], ...change }).filter((entry): entry is [string, FixtureKey] => entry[1] !== null);
      result[path] = Object.fromEntries(keys);
    }
  }
  return result;
}

/**
 * Every rule that the map breaks: the scheme of paths, names of keys, values that look like
 * secrets, databases' credentials, removals of what is not there, paths that nobody could write.
 * @param databaseSecrets Names of the Secrets that CloudNativePG's credentials are in.
 */
export function checkFixtureMap(map: FixtureMap, databaseSecrets: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const owned = new Set(databaseSecrets);
  const check = (where: string, path: string, fixture: Readonly<Record<string, FixtureKey | null>>) => {
    const place = `${where}.${path}`;
    const segments = path.split("/");
    if (segments.length !== 2 || !segments.every((segment) => SEGMENT.test(segment)))
      problems.push({ path: place, message: "is not `<owner>/<name of the Secret>`", remedy: "use `shared/<name>` for what several own" });
    if (owned.has(segments.at(-1)!))
      problems.push({
        path: place,
        message: "is a Secret of CloudNativePG's, whose passwords come from nowhere else",
        remedy: "remove it; the mirror copies it into Vault where that is wanted",
      });
    if (Object.keys(fixture).length === 0) problems.push({ path: place, message: "has no keys", remedy: "name those that are needed" });
    for (const [key, definition] of Object.entries(fixture)) {
      if (!KEY.test(key))
        problems.push({
          path: `${place}.${key}`,
          message: "is not a key of a Kubernetes Secret",
          remedy: "use letters, digits, `-`, `_` and `.`",
        });
      if (definition?.origin === "plain" && SECRET_WORDS.test(key))
        problems.push({
          path: `${place}.${key}`,
          message: "has its value in the repository and sounds like a secret",
          remedy: "make it `generated` or `external`",
        });
      if (definition?.origin === "generated" && (definition.length ?? SHORTEST) < SHORTEST)
        problems.push({
          path: `${place}.${key}`,
          message: `${definition.length} random characters can be guessed`,
          remedy: `use at least ${SHORTEST}`,
        });
      if (definition?.origin === "generated" && definition.format === "hex" && (definition.length ?? 0) % 2 === 1)
        problems.push({
          path: `${place}.${key}`,
          message: `${definition.length} hexadecimal digits are not whole bytes: write an even number`,
          remedy: "use an even number",
        });
    }
  };
  for (const [path, fixture] of Object.entries(map.shared)) check("fixtures.shared", path, fixture);
  for (const [environment, changes] of Object.entries(map.environments)) {
    for (const [path, change] of Object.entries(changes)) {
      const missing = { message: "removes what the shared part does not have", remedy: "correct its name, or delete the line" };
      const place = `fixtures.${environment}.${path}`;
      if (change === null) {
        if (!(path in map.shared)) problems.push({ path: place, ...missing });
        continue;
      }
      check(`fixtures.${environment}`, path, change);
      for (const [key, definition] of Object.entries(change))
        if (definition === null && !(key in (map.shared[path] ?? {}))) problems.push({ path: `${place}.${key}`, ...missing });
    }
  }
  problems.push(...checkWriters(map.shared, "fixtures.shared"));
  for (const environment of ENVIRONMENTS) {
    if (environment === "dev") continue;
    const own = Object.entries(fixturesOf(map, environment)).filter(([path]) => path in map.environments[environment]);
    problems.push(...checkWriters(Object.fromEntries(own), `fixtures.${environment}`));
  }
  return problems;
}

/**
 * A problem for every reference that nothing in Vault will answer.
 * @param references What is wanted, and by whom: `ExternalSecret/inference-api-credentials`.
 */
export function checkReferences(fixtures: Fixtures, references: readonly (Reference & { readonly by: string })[]): Problem[] {
  return references.flatMap(({ by, path, property }) => {
    const fixture = Object.hasOwn(fixtures, path) ? fixtures[path] : undefined;
    if (fixture && (property === undefined || Object.hasOwn(fixture, property))) return [];
    const message = fixture ? `Vault's \`${path}\` has no key \`${property}\` here` : `Vault has no \`${path}\` here`;
    return [{ path: by, message, remedy: "add it to the fixture map, or correct the reference" }];
  });
}

const RANDOM_LENGTH = 32;

/**
 * What is written into Vault, and from where. Outside dev, values of third parties that are not
 * configured, and those of services, are not written at all: somebody else does, and the map says
 * only that they have to be there.
 * @param given The `path#key` of the values that the stack's configuration has.
 */
export function planFixtures(fixtures: Fixtures, environment: Environment, given: ReadonlySet<string>): PlannedKey[] {
  const random = ({ length = RANDOM_LENGTH, format }: { length?: number; format?: "hex" } = {}) =>
    ({ kind: "random", length, ...(format === undefined ? {} : { format }) }) as const;
  return Object.entries(fixtures).flatMap(([path, fixture]) =>
    Object.entries(fixture).flatMap(([key, definition]): PlannedKey[] => {
      const planned = (source: PlannedKey["source"], initial = false) => [{ path, key, source, initial }];
      switch (definition.origin) {
        case "plain":
          return planned({ kind: "plain", value: definition.value });
        case "generated":
          return planned(random(definition));
        case "external":
          if (given.has(`${path}#${key}`)) return planned({ kind: "given" });
          return environment === "dev" ? planned(random()) : [];
        case "service":
          return environment === "dev" ? planned(random(), true) : [];
      }
    }),
  );
}

/**
 * That each value that is made, and each path that this program writes, is a resource of its own.
 *
 * @param given The `path#key` of the values that the stack's configuration has.
 * @param by Who writes them.
 */
export function checkFixtureResources(
  fixtures: Fixtures,
  environment: Environment,
  given: Iterable<string>,
  by: "cronJob" | "pulumi" | "hand",
): Problem[] {
  if (by === "hand") return [];
  const planned = planFixtures(fixtures, environment, new Set(given));
  const remedy = "give one of the two another name";
  // Bytes and characters are resources of different kinds.
  const values = [true, false].map((isHex) =>
    planned
      .filter(({ source }) => source.kind === "random" && (source.format === "hex") === isHex)
      .map(({ path, key }) => ({ names: [fixtureResource(path, key)], what: `\`${path}#${key}\``, path: `fixtures.${path}.${key}` })),
  );
  const paths = by === "pulumi" ? [...new Set(planned.map(({ path }) => path))] : [];
  const written = paths.map((path) => ({ names: [fixtureResource(path)], what: `\`${path}\``, path: `fixtures.${path}` }));
  return [...values, written].flatMap((named) => clashes(named, "the resource", remedy));
}

/**
 * A problem for every configured value that the map does not have, or that is another's to give.
 */
export function checkGiven(fixtures: Fixtures, given: Iterable<string>): Problem[] {
  return [...given].flatMap((name) => {
    const [path = "", key = ""] = name.split("#");
    const definition = fixtures[path]?.[key];
    const place = `vaultValues.${name}`;
    if (!definition)
      return [{ path: place, message: "is not in the fixture map", remedy: "correct it (`<owner>/<name>#<key>`), or add it there" }];
    if (definition.origin === "external") return [];
    return [{ path: place, message: `is \`${definition.origin}\` and not given from outside`, remedy: "remove it" }];
  });
}
