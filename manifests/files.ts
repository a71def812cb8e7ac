import * as fs from "node:fs";
import * as path from "node:path";
import type { Problem } from "../config/problem";

/** What a file is, by its name and where it is. */
export type Role = "values" | "kustomization" | "other";

/** A file that is looked at. */
export interface ManifestFile {
  /** As it is said: relative to where the program was started, with `/`. */
  readonly name: string;
  readonly path: string;
  readonly role: Role;
  /** The folder of the Helm chart that it is of. */
  readonly chart: string | undefined;
  /** Whether it is a document, and not only templates' definitions. */
  readonly isDocument: boolean;
}

const DOCUMENT = /\.(?:ya?ml|json)(?:\.(?:tpl|tmpl|gotmpl|j2))?$/i;
const DEFINITIONS = /\.tpl$/i;
const LEFT_OUT = new Set([".git", "node_modules", ".terraform", ".pulumi", ".venv"]);
const VALUES = /(?:^|[-_.])values(?:[-_.].*)?\.ya?ml(?:\.(?:tpl|tmpl|gotmpl|j2))?$/i;

/** Those of `--repo`'s paths that are not there. @param directory From where they are named. */
export function missingPaths(paths: readonly string[], directory: string): Problem[] {
  return paths
    .filter((one) => !fs.existsSync(path.resolve(directory, one)))
    .map((one) => ({ path: `--repo ${one}`, message: "cannot be read", remedy: "name a file or a directory" }));
}

/**
 * Every YAML and JSON file and every template below some paths, in order. Links are not followed; a file that is named itself is taken whatever it is called.
 * @throws Error of the file system, where a path is not there
 */
export function* findFiles(paths: readonly string[], directory: string): Generator<ManifestFile> {
  const seen = new Set<string>();
  for (const given of paths) {
    const start = path.resolve(directory, given);
    const found = fs.statSync(start).isDirectory()
      ? below(start, chartAbove(start))
      : [{ file: start, chart: chartAbove(path.dirname(start)) }];
    for (const { file, chart } of found) {
      if (seen.has(file)) continue;
      seen.add(file);
      const name = path.relative(directory, file).split(path.sep).join("/");
      yield { name, path: file, role: roleOf(file, chart), chart, isDocument: DOCUMENT.test(file) || !DEFINITIONS.test(file) };
    }
  }
}

function* below(folder: string, outer: string | undefined): Generator<{ file: string; chart: string | undefined }> {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const chart = entries.some(({ name }) => name === "Chart.yaml") ? folder : outer;
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) yield* below(file, chart);
    } else if (entry.isFile() && (DOCUMENT.test(entry.name) || DEFINITIONS.test(entry.name))) yield { file, chart };
  }
}

function chartAbove(folder: string): string | undefined {
  for (let here = folder; ; here = path.dirname(here)) {
    if (fs.existsSync(path.join(here, "Chart.yaml"))) return here;
    if (here === path.dirname(here)) return undefined;
  }
}

function roleOf(file: string, chart: string | undefined): Role {
  const name = path.basename(file);
  if (/^kustomization\.ya?ml$/.test(name) || name === "Kustomization") return "kustomization";
  const isOfChart = chart !== undefined && path.dirname(file) === path.join(chart, "ci");
  return VALUES.test(name) || isOfChart ? "values" : "other";
}
