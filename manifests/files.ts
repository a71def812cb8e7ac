import * as fs from "node:fs";
import * as path from "node:path";
import type { Problem } from "../config/problem";
import { generatedFrom, type Generated } from "./generated";
import { isKustomization } from "./kustomization";

/** What a file is, by its name and where it is. */
export type Role = "values" | "kustomization" | "translation" | "other";

/** A file that is looked at. */
export interface ManifestFile {
  /** As it is said: relative to where the program was started, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly role: Role;
  /** The folder of the Helm chart that it is of. */
  readonly chart: string | undefined;
  /**
   * - `document`: YAML or JSON, perhaps with a template's actions.
   * - `definitions`: a template's definitions.
   * - `program`: Terraform or a script: looked at for the Secrets that it makes, and not for what is in it.
   * - `text`: anything else that a generator of kustomize's puts into an object.
   */
  readonly is: "document" | "definitions" | "program" | "text";
  readonly isDocument: boolean;
  /** The object that a generator of kustomize's puts the file into. */
  readonly generated: Generated | undefined;
}

const SUFFIX = String.raw`(?:\.(?:tpl|tmpl|gotmpl|j2|jinja2?|template|example|sample|dist|bak|orig|old|default|erb|enc|in))*`;
const DOCUMENT = new RegExp(String.raw`\.(?:ya?ml|json|jsonc|json5)${SUFFIX}$`, "i");
const DEFINITIONS = /\.tpl$/i;
const PROGRAM = /\.(?:tf|tofu|sh|bash|hcl|mk|ps1)$|^(?:Makefile|Justfile|justfile)$/;
const LEFT_OUT = new Set([".git", "node_modules", ".terraform", ".pulumi", ".venv", "__pycache__"]);
const VALUES = new RegExp(String.raw`(?:^|[-_.])values(?:[-_.].*)?\.ya?ml${SUFFIX}$`, "i");
/** Texts that people read, in their languages. */
const TRANSLATIONS = /(?:^|\/)(?:i18n|l10n|locales?|languages?|langs?|translations?)\//i;
const TRANSLATION = /^(?:messages|translations?|locales?)[_.-][a-z]{2}(?:[_-][A-Za-z]{2})?\.\w+$/i;

/** Those of `--repo`'s paths that are not there. @param directory From where they are named. */
export function missingPaths(paths: readonly string[], directory: string): Problem[] {
  return paths
    .filter((one) => !fs.existsSync(path.resolve(directory, one)))
    .map((one) => ({ path: `--repo ${one}`, message: "cannot be read", remedy: "name a file or a directory" }));
}

/**
 * Every YAML and JSON file, every template, and what of Terraform and scripts may make a Secret, below some paths, in order. Links are not followed; a
 * file that is named itself is taken whatever it is called.
 * @throws Error of the file system, where a path is not there
 */
export function* findFiles(paths: readonly string[], directory: string): Generator<ManifestFile> {
  const seen = new Set<string>();
  const generated = new Map<string, Generated>();
  for (const given of paths) {
    const start = path.resolve(directory, given);
    const name = path.relative(directory, start).split(path.sep).join("/");
    const found = fs.statSync(start).isDirectory()
      ? below({ path: start, name, chart: chartAbove(start) }, generated)
      : [itself(start, name)];
    for (const file of found) {
      if (seen.has(file.path)) continue;
      seen.add(file.path);
      yield { ...file, isDocument: file.is === "document", generated: generated.get(file.path) };
    }
  }
}

type Found = Omit<ManifestFile, "isDocument" | "generated">;

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly chart: string | undefined;
}

/** A file that is named itself. */
function itself(file: string, name: string): Found {
  const folder = path.dirname(file);
  const of = { path: folder, name: path.posix.dirname(name), chart: chartAbove(folder) };
  const base = path.basename(file);
  return { path: file, name, chart: of.chart, is: kindOf(base) ?? otherKind(base), role: roleOf(base, of) };
}

function kindOf(name: string): Exclude<ManifestFile["is"], "text"> | undefined {
  if (DOCUMENT.test(name) || isKustomization(name)) return "document";
  if (DEFINITIONS.test(name)) return "definitions";
  return PROGRAM.test(name) ? "program" : undefined;
}

/** What is looked at for another reason than its name. */
function otherKind(name: string): "text" | "document" {
  return /\.\w+$/.test(name) && !/\.(?:ya?ml|json)/i.test(name) ? "text" : "document";
}

function* below({ path: folder, name, chart: outer }: Folder, generated: Map<string, Generated>): Generator<Found> {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const chart = entries.some((entry) => entry.name === "Chart.yaml") ? folder : outer;
  const kustomization = entries.find((entry) => entry.isFile() && isKustomization(entry.name));
  if (kustomization) for (const [file, one] of generatedFrom(path.join(folder, kustomization.name))) generated.set(file, one);
  const of = { path: folder, name, chart };
  for (const entry of entries) {
    const file = folder.endsWith(path.sep) ? `${folder}${entry.name}` : `${folder}${path.sep}${entry.name}`;
    const named = name === "" ? entry.name : `${name}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) yield* below({ path: file, name: named, chart }, generated);
    } else if (entry.isFile()) {
      const is = kindOf(entry.name) ?? (generated.has(file) ? otherKind(entry.name) : undefined);
      if (is !== undefined) yield { path: file, name: named, chart, is, role: roleOf(entry.name, of) };
    }
  }
}

function chartAbove(folder: string): string | undefined {
  for (let here = folder; ; here = path.dirname(here)) {
    if (fs.existsSync(path.join(here, "Chart.yaml"))) return here;
    if (here === path.dirname(here)) return undefined;
  }
}

function roleOf(name: string, folder: Folder): Role {
  if (isKustomization(name)) return "kustomization";
  const isOfChart = folder.chart !== undefined && folder.path === path.join(folder.chart, "ci");
  if (isOfChart || VALUES.test(name)) return "values";
  return TRANSLATION.test(name) || TRANSLATIONS.test(`${folder.name}/`) ? "translation" : "other";
}
