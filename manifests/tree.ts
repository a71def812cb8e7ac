import type { Problem } from "../config/problem";
import { findFiles, missingPaths, type ManifestFile } from "./files";
import { readText } from "./text";

/** What was read, and what of it could not be, a line each. */
export interface TreeRead {
  readonly files: number;
  readonly unread: readonly string[];
}

/**
 * Hands every document below some paths to a reader, in the order of their names, or says which of
 * the paths are not there.
 * @param directory Files are named from there.
 * @param read Says what of a document it could not read.
 */
export function readTree(
  paths: readonly string[],
  directory: string,
  read: (file: ManifestFile, text: string) => readonly string[],
): TreeRead | { problems: Problem[] } {
  const problems = missingPaths(paths, directory);
  if (problems.length > 0) return { problems };
  const documents = [...findFiles(paths, directory)].filter(({ isDocument }) => isDocument);
  const unread = documents.flatMap((file) => {
    const found = readText(file.path);
    return "text" in found ? read(file, found.text) : [`${file.name}: ${found.reason}`];
  });
  return { files: documents.length, unread };
}
