import type { Problem } from "../../config/problem";
import type { Get } from "../../kube/live";
import { mayBeSame } from "../../manifests/named";
import { Namespaces } from "../../manifests/namespaces";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";
import { readTree } from "../../manifests/tree";
import { reasonOf } from "../audit/rules/vaultAuthoredLogin";
import { compareText } from "../shared/sort";
import { fileObject, filesAsCluster, type FileObject } from "./filesAsCluster";
import { nothingRead, readDocument } from "./read";
import type { FileFacts, FileLogin } from "./types";

/** What files have, and what a cluster would say that had them applied. */
export interface Repository extends FileFacts {
  /** The logins for Postgres that somebody else authors, of whatever namespace. */
  readonly logins: readonly FileLogin[];
  /** Answers for a namespace. */
  asCluster(namespace: string): Get;
}

/**
 * What files of YAML, JSON and templates have of Secrets that somebody else writes, or which of the
 * paths are not there. What names no namespace is in that which kustomize, Flux or Argo CD gives
 * it.
 * @param directory What is found is named from there.
 */
export function readFiles(paths: readonly string[], directory = process.cwd()): Repository | { problems: Problem[] } {
  const found = nothingRead();
  const objects: (FileObject & { file: string })[] = [];
  const namespaces = new Namespaces();
  const pathOf = new Map<string, string>();
  const tree = readTree(paths, directory, (file, text) => {
    const { documents, unparsable } = parseDocuments(text);
    namespaces.add(file, text);
    pathOf.set(file.name, file.path);
    const scope = { file: file.name, chart: file.chart, lineOf: lineCounter(text), text };
    for (const document of documents)
      readDocument(found, document, file.role, scope, (manifest) => {
        const object = fileObject(manifest);
        if (object) objects.push({ ...object, file: file.name });
      });
    return unparsable.map(({ line, reason }) => `${file.name}:${line}: ${reason}`);
  });
  if ("problems" in tree) return tree;
  const placed = <T extends { readonly namespace: string | undefined }>(one: T, file: string | undefined): T => {
    const namespace = one.namespace ?? (file === undefined ? undefined : namespaces.of(pathOf.get(file)!));
    return namespace === one.namespace ? one : { ...one, namespace };
  };
  const { facts } = found;
  const authored = facts.authored.map((one) => placed(one, one.file));
  const provided = facts.provided.map((one) => placed(one, one.place?.file));
  const placedFacts = { ...facts, authored, provided };
  const logins = authored.flatMap((one) => {
    const reason = reasonOf(one, placedFacts);
    const { file, line, field, name, namespace, sources } = one;
    return reason === undefined ? [] : [{ where: `${file}:${line} ${field}`, namespace, secret: name.text, why: reason.why, sources }];
  });
  return {
    writers: authored.map(({ file, line, field, name, namespace, sources, isPostgres }) => ({
      where: `${file}:${line} ${field}`,
      sources,
      ...(isPostgres === undefined ? {} : { isPostgres }),
      writes: (where, secret) => !name.isUnknown && name.matches(secret) && mayBeSame(namespace, where),
      secret: name.text,
    })),
    injections: found.injections,
    logins: logins.sort((a, b) => compareText(a.namespace ?? "", b.namespace ?? "") || compareText(a.where, b.where)),
    asCluster: (namespace) =>
      filesAsCluster(
        objects.map((one) => placed(one, one.file)),
        provided,
        namespace,
      ),
    ...tree,
  };
}
