import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Problem } from "../config/problem";
import { readManifests } from "./manifests";
import { compareText } from "./sort";
import type { Found } from "./types";

/** What trees of files have. */
export interface RepositoryFacts extends Found {
  /** Files that were read. */
  readonly files: number;
  /** What of them could not be, a line each. */
  readonly unread: readonly string[];
}

/** Not looked into. */
const PASSED_OVER = new Set(["node_modules", ".git"]);
const MANIFEST = /\.(ya?ml|json)$/;
/** No manifest is as large. */
const LARGEST_BYTES = 8 * 1024 * 1024;

/**
 * Reads every file of YAML and JSON below these paths, in the order of their names, or says which of the paths are not there.
 * @param paths Of files or directories; what is found is named as they are.
 */
export async function readRepository(paths: readonly string[]): Promise<RepositoryFacts | { problems: Problem[] }> {
  const found = await Promise.all(paths.map(async (one) => [one, await filesOf(one)] as const));
  const problems = found
    .filter(([, files]) => files === undefined)
    .map(([one]): Problem => ({ path: `--repo ${one}`, message: "cannot be read", remedy: "name a file or a directory" }));
  if (problems.length > 0) return { problems };
  const files = [...new Set(found.flatMap(([, one]) => one ?? []))].sort(compareText);
  const facts = { secrets: [], links: [], unread: [] as string[], files: files.length } as {
    -readonly [K in keyof RepositoryFacts]: RepositoryFacts[K] extends readonly (infer T)[] ? T[] : RepositoryFacts[K];
  };
  for (const file of files) {
    const { size } = await fs.stat(file);
    if (size > LARGEST_BYTES) {
      facts.unread.push(`${file}: larger than any manifest`);
      continue;
    }
    const { secrets, links, unread } = readManifests(await fs.readFile(file, "utf8"), file);
    facts.secrets.push(...secrets);
    facts.links.push(...links);
    facts.unread.push(...unread.map((line) => `${file}: ${line}`));
  }
  return facts;
}

/** Without following links: a tree ends. */
async function filesOf(root: string): Promise<string[] | undefined> {
  const stat = await fs.stat(root).catch(() => undefined);
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) return [path.normalize(root)];
  const entries = await fs.readdir(root, { withFileTypes: true });
  const below = entries
    .filter((entry) => !PASSED_OVER.has(entry.name))
    .map(async (entry): Promise<string[]> => {
      const file = path.join(root, entry.name);
      if (entry.isDirectory()) return (await filesOf(file)) ?? [];
      return entry.isFile() && MANIFEST.test(entry.name) ? [file] : [];
    });
  return (await Promise.all(below)).flat();
}
