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
const TRANSLATION =
  /(?:^|\/)(?:i18n|l10n|locales?|languages?|langs?|translations?)\/|(?:^|\/)(?:messages|translations?|locales?)[_.-][a-z]{2}(?:[_-][A-Za-z]{2})?\.\w+$/i;

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
    const found = fs.statSync(start).isDirectory()
      ? below(start, chartAbove(start), generated)
      : [{ file: start, chart: chartAbove(path.dirname(start)) }];
    for (const { file, chart } of found) {
      if (seen.has(file)) continue;
      seen.add(file);
      const name = path.relative(directory, file).split(path.sep).join("/");
      const is = kindOf(path.basename(file));
      yield { name, path: file, role: roleOf(file, name, chart), chart, is, isDocument: is === "document", generated: generated.get(file) };
    }
  }
}

function kindOf(name: string): ManifestFile["is"] {
  if (DOCUMENT.test(name) || isKustomization(name)) return "document";
  if (DEFINITIONS.test(name)) return "definitions";
  return PROGRAM.test(name) ? "program" : /\.\w+$/.test(name) && !/\.(?:ya?ml|json)/i.test(name) ? "text" : "document";
}

function* below(
  folder: string,
  outer: string | undefined,
  generated: Map<string, Generated>,
): Generator<{ file: string; chart: string | undefined }> {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const chart = entries.some(({ name }) => name === "Chart.yaml") ? folder : outer;
  const kustomization = entries.find((entry) => entry.isFile() && isKustomization(entry.name));
  if (kustomization) for (const [file, one] of generatedFrom(path.join(folder, kustomization.name))) generated.set(file, one);
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) yield* below(file, chart, generated);
    } else if (
      entry.isFile() &&
      (DOCUMENT.test(entry.name) ||
        DEFINITIONS.test(entry.name) ||
        PROGRAM.test(entry.name) ||
        isKustomization(entry.name) ||
        generated.has(file))
    )
      yield { file, chart };
  }
}

function chartAbove(folder: string): string | undefined {
  for (let here = folder; ; here = path.dirname(here)) {
    if (fs.existsSync(path.join(here, "Chart.yaml"))) return here;
    if (here === path.dirname(here)) return undefined;
  }
}

function roleOf(file: string, name: string, chart: string | undefined): Role {
  if (isKustomization(path.basename(file))) return "kustomization";
  const isOfChart = chart !== undefined && path.dirname(file) === path.join(chart, "ci");
  if (VALUES.test(path.basename(file)) || isOfChart) return "values";
  return TRANSLATION.test(name) ? "translation" : "other";
}
