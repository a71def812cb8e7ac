import type { Problem } from "../../config/problem";
import { Namespaces } from "../../manifests/namespaces";
import { readTree, type TreeRead } from "../../manifests/tree";
import { readManifests } from "./manifests";
import type { Found, FoundLink, FoundSecret } from "./types";

/** What trees of files have. */
export interface RepositoryFacts extends Found, TreeRead {}

/**
 * Reads every file of YAML and JSON below these paths, in the order of their names, or says which
 * of the paths are not there. What names no namespace is in that which kustomize, Flux or Argo CD
 * gives it.
 * @param paths Of files or directories.
 * @param directory What is found is named from there.
 */
export function readRepository(paths: readonly string[], directory = process.cwd()): RepositoryFacts | { problems: Problem[] } {
  const found: { path: string; secrets: readonly FoundSecret[]; links: readonly FoundLink[] }[] = [];
  const namespaces = new Namespaces();
  const tree = readTree(paths, directory, (file, text) => {
    const { secrets, links, unread } = readManifests(text, file.name);
    namespaces.add(file, text);
    found.push({ path: file.path, secrets, links });
    return unread.map((line) => `${file.name}: ${line}`);
  });
  if ("problems" in tree) return tree;
  const placed = <T extends FoundSecret | FoundLink>(one: T, file: string): T => {
    const namespace = one.namespace ?? namespaces.of(file);
    return namespace === undefined ? one : { ...one, namespace };
  };
  return {
    secrets: found.flatMap((file) => file.secrets.map((one) => placed(one, file.path))),
    links: found.flatMap((file) => file.links.map((one) => placed(one, file.path))),
    ...tree,
  };
}
