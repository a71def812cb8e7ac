import type { Problem } from "../../config/problem";
import { readTree, type TreeRead } from "../../manifests/tree";
import { readManifests } from "./manifests";
import type { Found, FoundLink, FoundSecret } from "./types";

/** What trees of files have. */
export interface RepositoryFacts extends Found, TreeRead {}

/**
 * Reads every file of YAML and JSON below these paths, in the order of their names, or says which of the paths are not there.
 * @param paths Of files or directories.
 * @param directory What is found is named from there.
 */
export function readRepository(paths: readonly string[], directory = process.cwd()): RepositoryFacts | { problems: Problem[] } {
  const facts = { secrets: [] as FoundSecret[], links: [] as FoundLink[] };
  const tree = readTree(paths, directory, (file, text) => {
    const { secrets, links, unread } = readManifests(text, file.name);
    facts.secrets.push(...secrets);
    facts.links.push(...links);
    return unread.map((line) => `${file.name}: ${line}`);
  });
  return "problems" in tree ? tree : { ...facts, ...tree };
}
