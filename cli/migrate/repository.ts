import type { Problem } from "../../config/problem";
import { findFiles, missingPaths } from "../../manifests/files";
import { mayBeSame } from "../../manifests/named";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter, readText } from "../../manifests/text";
import { nothingRead, readDocument } from "./read";
import type { FileFacts } from "./types";

/**
 * What files of YAML, JSON and templates have of Secrets that somebody else writes, or which of the paths are not there.
 * @param directory What is found is named from there.
 */
export function readFiles(paths: readonly string[], directory = process.cwd()): FileFacts | { problems: Problem[] } {
  const problems = missingPaths(paths, directory);
  if (problems.length > 0) return { problems };
  const found = nothingRead();
  const unread: string[] = [];
  let files = 0;
  for (const file of findFiles(paths, directory)) {
    if (!file.isDocument) continue;
    files++;
    const read = readText(file.path);
    if ("reason" in read) {
      unread.push(`${file.name}: ${read.reason}`);
      continue;
    }
    const { documents, unparsable } = parseDocuments(read.text);
    const scope = { file: file.name, chart: file.chart, lineOf: lineCounter(read.text) };
    for (const document of documents) readDocument(found, document, file.role, scope);
    unread.push(...unparsable.map(({ line, reason }) => `${file.name}:${line}: ${reason}`));
  }
  return {
    writers: found.facts.authored.map(({ file, line, field, name, namespace, sources, isPostgres }) => ({
      where: `${file}:${line} ${field}`,
      sources,
      ...(isPostgres === undefined ? {} : { isPostgres }),
      writes: (where, secret) => !name.isUnknown && name.matches(secret) && mayBeSame(namespace, where),
      secret: name.text,
    })),
    injections: found.injections,
    files,
    unread,
  };
}
