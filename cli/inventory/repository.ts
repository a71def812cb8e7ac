import type { Problem } from "../../config/problem";
import { findFiles, missingPaths } from "../../manifests/files";
import { readText } from "../../manifests/text";
import { readManifests } from "./manifests";
import type { Found, FoundLink, FoundSecret } from "./types";

/** What trees of files have. */
export interface RepositoryFacts extends Found {
  /** Files that were read. */
  readonly files: number;
  /** What of them could not be, a line each. */
  readonly unread: readonly string[];
}

/**
 * Reads every file of YAML and JSON below these paths, in the order of their names, or says which of the paths are not there.
 * @param paths Of files or directories.
 * @param directory What is found is named from there.
 */
export function readRepository(paths: readonly string[], directory = process.cwd()): RepositoryFacts | { problems: Problem[] } {
  const problems = missingPaths(paths, directory);
  if (problems.length > 0) return { problems };
  const facts = { secrets: [] as FoundSecret[], links: [] as FoundLink[], unread: [] as string[], files: 0 };
  for (const file of findFiles(paths, directory)) {
    if (!file.isDocument) continue;
    facts.files++;
    const read = readText(file.path);
    const { secrets, links, unread } =
      "text" in read ? readManifests(read.text, file.name) : { secrets: [], links: [], unread: [read.reason] };
    facts.secrets.push(...secrets);
    facts.links.push(...links);
    facts.unread.push(...unread.map((line) => `${file.name}: ${line}`));
  }
  return facts;
}
