import type { Problem } from "../../config/problem";
import { mayBeSame } from "../../manifests/named";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";
import { readTree } from "../../manifests/tree";
import { nothingRead, readDocument } from "./read";
import type { FileFacts } from "./types";

/**
 * What files of YAML, JSON and templates have of Secrets that somebody else writes, or which of the paths are not there.
 * @param directory What is found is named from there.
 */
export function readFiles(paths: readonly string[], directory = process.cwd()): FileFacts | { problems: Problem[] } {
  const found = nothingRead();
  const tree = readTree(paths, directory, (file, text) => {
    const { documents, unparsable } = parseDocuments(text);
    const scope = { file: file.name, chart: file.chart, lineOf: lineCounter(text), text };
    for (const document of documents) readDocument(found, document, file.role, scope);
    return unparsable.map(({ line, reason }) => `${file.name}:${line}: ${reason}`);
  });
  if ("problems" in tree) return tree;
  return {
    writers: found.facts.authored.map(({ file, line, field, name, namespace, sources, isPostgres }) => ({
      where: `${file}:${line} ${field}`,
      sources,
      ...(isPostgres === undefined ? {} : { isPostgres }),
      writes: (where, secret) => !name.isUnknown && name.matches(secret) && mayBeSame(namespace, where),
      secret: name.text,
    })),
    injections: found.injections,
    ...tree,
  };
}
