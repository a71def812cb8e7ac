// A catalogue that is files of YAML, in a directory that the stack's file names: what another
// company has in the place of this program's own records.
import * as fs from "node:fs";
import * as path from "node:path";
import { placesInRecord } from "../config/places";
import type { Problem } from "../config/problem";
import { isPlain, visible } from "../config/visible";
import { readMapping } from "../config/yaml";
import type { FixtureMap } from "../vault/fixture";
import { FIXTURE_FILE, fixturesIn } from "../vault/fixtureFile";
import type { BundleRecord } from "./bundles/record";
import type { GateRecord } from "./gateRecord";
import { withProfiles } from "./profiles";
import type { ServiceRecord } from "./record";
import type { TemplateDefinition } from "../config/schema";
import { soundGates, soundTemplates } from "./recordSchema";
import type { Definitions } from "./shapes";

/** Everything that a stack can choose from. */
export interface Records {
  readonly catalogue: readonly ServiceRecord[];
  readonly bundles: readonly BundleRecord[];
  readonly gates: readonly GateRecord[];
  readonly fixtureMap: FixtureMap;
}

/** Records that were read from a directory. */
export interface RecordDirectory extends Records {
  /**
   * Problems of its files. Where records are judged, their fields are, too, as for any other
   * record.
   */
  readonly problems: readonly Problem[];
  /** Its templates of Secrets, which are judged where they are chosen. */
  readonly templates: readonly Definitions[];
  /**
   * The same problems. A record's has the file and the line. A service is not missing whose file
   * cannot be read: that is said of the file.
   */
  placed(problems: readonly Problem[]): Problem[];
}

/** The folders of a catalogue: what their records are called in problems. */
const KINDS = { services: "catalog", bundles: "catalog.bundles", gates: "catalog.gates", templates: "catalog.templates" } as const;
type Kind = keyof typeof KINDS;

const read = new Map<string, RecordDirectory>();

/**
 * The records of a stack that names a directory of them; `undefined` for one that has the program's
 * own. A process reads a directory once.
 */
export function recordsIn(directory: string | undefined): RecordDirectory | undefined {
  if (directory === undefined) return undefined;
  const found = read.get(directory) ?? readRecords(directory);
  read.set(directory, found);
  return found;
}

/** A record with the file that it is in. */
interface RecordFile {
  readonly file: string;
  readonly text: string;
  readonly name: string;
  readonly record: unknown;
}

function readRecords(directory: string): RecordDirectory {
  const problems: Problem[] = [];
  const isThere = fs.existsSync(path.join(directory, "services"));
  if (!isThere)
    problems.push({
      path: "catalog",
      message: `${directory} has no folder \`services\``,
      remedy: "correct `catalog` in the stack's file, or write a record into that folder (docs/catalogue.md)",
    });
  else problems.push(...strangers(directory));
  // Services whose file says nothing that can be read.
  const unread = new Set<string>();
  const folder = (kind: Kind) => readFolder(directory, kind, problems, kind === "services" ? unread : new Set());
  const files = { services: folder("services"), bundles: folder("bundles"), gates: folder("gates"), templates: folder("templates") };
  const fixtures = fixturesIn(directory);
  const gates = soundGates(files.gates.map(({ record }) => record as GateRecord));
  const templates = soundTemplates(files.templates.map(({ record }) => record as TemplateRecord));
  const isUnread = ({ path, message }: Problem) =>
    message.startsWith("is not in the catalogue") && (!isThere || unread.has(path.slice(path.lastIndexOf(".") + 1)));
  const placed = (found: readonly Problem[]) => found.filter((problem) => !isUnread(problem)).map((problem) => placedIn(files, problem));
  return {
    catalogue: withProfiles(files.services.map(({ record }) => record as ServiceRecord)),
    bundles: files.bundles.map(({ record }) => record as BundleRecord),
    gates: gates.sound,
    fixtureMap: fixtures.map,
    templates: [{ at: KINDS.templates, templates: byName(templates.sound) }],
    problems: [...problems, ...fixtures.problems, ...placed([...gates.problems, ...templates.problems, ...twice(files.templates)])],
    placed,
  };
}

type TemplateRecord = TemplateDefinition & { readonly name: string };

function byName(records: readonly TemplateRecord[]): Definitions["templates"] {
  return Object.fromEntries(records.map(({ name, ...definition }) => [name, definition]));
}

/** `x.yaml` and `x.yml`: nobody knows which is meant. */
function twice(files: readonly RecordFile[]): Problem[] {
  return files
    .filter(({ name }, index) => files.findIndex((one) => one.name === name) < index)
    .map(({ file, name }) => ({
      path: `${KINDS.templates}.${name}`,
      place: `${file}:1`,
      message: "another file of this folder has a template of that name, too",
      remedy: "rename one of them",
    }));
}

const isYaml = (name: string) => /\.ya?ml$/.test(name);

/** Files that nobody would read: their writer thinks otherwise. */
function strangers(directory: string): Problem[] {
  const names = fs.readdirSync(directory).filter((name) => isYaml(name) && name !== FIXTURE_FILE);
  return names.map((name) => ({
    path: "catalog",
    place: `${visible(path.join(directory, name))}:1`,
    message: "is in no folder of the catalogue",
    remedy: `move it into ${Object.keys(KINDS).join(", ")}, or call it ${FIXTURE_FILE}`,
  }));
}

/** In the order of their names. A record is called as its file is, unless it says so itself. */
function readFolder(directory: string, kind: Kind, problems: Problem[], unread: Set<string>): RecordFile[] {
  const folder = path.join(directory, kind);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter(isYaml).sort() : [];
  return names.flatMap((name): RecordFile[] => {
    const file = path.join(folder, name);
    if (!isPlain(name)) {
      // Its name would be the record's, and stand in every message about it.
      const message = "has a line break or a character that is not seen in its name";
      problems.push({ path: KINDS[kind], place: `${visible(file)}:1`, message, remedy: "give it another name" });
      return [];
    }
    const text = fs.readFileSync(file, "utf8");
    const mapping = readMapping(text, "write its fields as `description: …`, one a line");
    const own = name.replace(/\.ya?ml$/, "");
    if ("broken" in mapping) {
      unread.add(own);
      problems.push(...mapping.broken.map(({ line, ...problem }) => ({ path: KINDS[kind], place: `${file}:${line}`, ...problem })));
      return [];
    }
    const record = { name: own, ...mapping.document };
    return [{ file, text, name: String(record.name), record }];
  });
}

function placedIn(files: Readonly<Record<Kind, readonly RecordFile[]>>, problem: Problem): Problem {
  if (problem.place !== undefined) return problem;
  for (const kind of ["gates", "bundles", "templates", "services"] as const) {
    const prefix = `${KINDS[kind]}.`;
    if (!problem.path.startsWith(prefix)) continue;
    const rest = problem.path.slice(prefix.length);
    const found = files[kind].find(({ name }) => rest === name || rest.startsWith(`${name}.`));
    if (found === undefined) continue;
    const line = placesInRecord(found.text)(rest.slice(found.name.length + 1))?.line ?? 1;
    return { ...problem, place: `${found.file}:${line}` };
  }
  return problem;
}
