import { isOfDatabaseEngine } from "../../manifests/objects/authored";
import { addManifest, addReference, noFacts, type Facts } from "../../manifests/objects/facts";
import type { Manifest, Scope } from "../../manifests/objects/types";
import { visit } from "../../manifests/objects/visit";
import type { Role } from "../../manifests/files";
import { at, entriesOf, type Node } from "../../manifests/nodes";
import { distinct, sortBy } from "../shared/sort";
import type { Injection, Reader } from "./types";

/** What documents have, as the audit sees them; and what Vault's agent is told in them. */
export interface Read {
  readonly facts: Facts;
  readonly injections: Injection[];
}

export const nothingRead = (): Read => ({ facts: noFacts(), injections: [] });

/** Adds what a document says. */
export function readDocument(
  into: Read,
  document: Node,
  role: Role,
  scope: Scope,
  also: (manifest: Manifest) => void = () => undefined,
): void {
  visit(document, role, scope, {
    manifest: (manifest) => {
      also(manifest);
      addManifest(into.facts, manifest);
      into.injections.push(...injectionsOf(manifest));
    },
    literal: () => undefined,
    reference: (reference) => addReference(into.facts, reference),
  });
}

const INJECTION = "vault.hashicorp.com/agent-inject-secret-";
const DATABASE = /postgres|database|(?:^|[-_/])(?:db|pg|sql)(?:[-_/]|$)/i;

/** Logins that Vault's agent writes into the file system of pods. */
function injectionsOf(manifest: Manifest): Injection[] {
  const { kind, name, node, scope } = manifest;
  const spec = at(node, "spec");
  const templates = [node, at(spec, "template"), at(spec, "jobTemplate", "spec", "template")];
  return templates.flatMap((template) =>
    entriesOf(at(template, "metadata", "annotations")).flatMap(({ key, value, start }): Injection[] => {
      if (!key.startsWith(INJECTION) || value.kind !== "scalar") return [];
      const path = value.value;
      if (!isOfDatabaseEngine(path) && !DATABASE.test(path) && !DATABASE.test(key.slice(INJECTION.length))) return [];
      const line = scope.lineOf(start);
      return [{ where: `${line === 0 ? "" : `${scope.file}:${line} `}${kind}/${name ?? "?"}`, path }];
    }),
  );
}

const WORKLOADS = /^(Deployment|StatefulSet|DaemonSet|CronJob|Job|Pod|ReplicaSet)\/(\S+) /;

/** Workloads that read Secrets, each with the keys of each. */
export function readersOf({ facts }: Read, namespace: string): Reader[] {
  const found = new Map<string, { who: string; secret: string; keys: Set<string>; isWhole: boolean }>();
  for (const { field, name, keys } of facts.references) {
    const [, kind, workload] = WORKLOADS.exec(field) ?? [];
    if (kind === undefined || workload === undefined) continue;
    const who = `${kind} ${namespace}/${workload}`;
    const reader = found.get(`${who} ${name}`) ?? { who, secret: name, keys: new Set<string>(), isWhole: false };
    for (const key of keys) reader.keys.add(key);
    reader.isWhole ||= keys.length === 0;
    found.set(`${who} ${name}`, reader);
  }
  const readers = [...found.values()].map(({ who, secret, keys, isWhole }) => ({ who, secret, keys: isWhole ? [] : distinct(keys) }));
  return sortBy(readers, ({ who, secret }) => `${who} ${secret}`);
}
