// The fixture map of a catalogue that is files of YAML: `vault.yaml` in its directory.
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { readMapping } from "../config/yaml";
import { problemsOf, withoutMisspelt } from "../config/messages";
import { placesInRecord } from "../config/places";
import type { Problem } from "../config/problem";
import type { FixtureMap } from "./fixture";
import { fixtureMap } from "./fixtureMap";

const key = z.discriminatedUnion("origin", [
  z.strictObject({ origin: z.literal("external") }),
  z.strictObject({
    origin: z.literal("generated"),
    length: z.int().min(1, "is less than 1").optional(),
    format: z.literal("hex").optional(),
  }),
  z.strictObject({ origin: z.literal("service") }),
  z.strictObject({ origin: z.literal("plain"), value: z.string() }),
]);
const fixtures = z.record(z.string(), z.record(z.string(), key));
const changes = z.record(z.string(), z.record(z.string(), key.nullable()).nullable()).default({});

/** The schema of `vault.yaml`. */
export const fixtureFileSchema = z.strictObject({
  shared: fixtures.default({}),
  environments: z.strictObject({ dev: changes, staging: changes, prod: changes }).prefault({}),
});

export const FIXTURE_FILE = "vault.yaml";
const NOTHING: FixtureMap = { shared: {}, environments: { dev: {}, staging: {}, prod: {} } };

/** The contents of a file, and its problems. */
export interface FixtureFile {
  readonly map: FixtureMap;
  readonly problems: readonly Problem[];
}

const read = new Map<string, FixtureFile>();

/**
 * What Vault is to hold by the catalogue of a stack. A process reads a file once.
 *
 * @param catalog its directory; absent: the program's own
 */
export function fixturesIn(catalog: string | undefined): FixtureFile {
  if (catalog === undefined) return { map: fixtureMap, problems: [] };
  const file = path.join(catalog, FIXTURE_FILE);
  const found = read.get(file) ?? readFile(file);
  read.set(file, found);
  return found;
}

function readFile(file: string): FixtureFile {
  if (!fs.existsSync(file)) return { map: NOTHING, problems: [] };
  const text = fs.readFileSync(file, "utf8");
  const mapping = readMapping(text, "begin it with `shared:`, and write paths below");
  if ("broken" in mapping) {
    const problems = mapping.broken.map(({ line, ...problem }) => ({ path: FIXTURE_FILE, place: `${file}:${line}`, ...problem }));
    return { map: NOTHING, problems };
  }
  const parsed = fixtureFileSchema.safeParse(mapping.document, { reportInput: true });
  if (parsed.success) return { map: parsed.data, problems: [] };
  const lines = placesInRecord(text);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, FIXTURE_FILE, fixtureFileSchema));
  return { map: NOTHING, problems: withoutMisspelt(problems).map((one) => ({ ...one, place: `${file}:${lines(one.path)?.line ?? 1}` })) };
}
