import { writers } from "../../kube/externalSecrets";
import { isName } from "../../manifests/named";
import { at, entriesOf, itemsOf, textAt, type Mapping, type Node } from "../../manifests/nodes";
import { parseDocuments } from "../../manifests/parse";
import { lineCounter } from "../../manifests/text";
import { distinct } from "../shared/sort";
import type { Found, FoundLink, FoundSecret } from "./types";

/** What a file has, and what of it could not be read. */
export interface FileFacts extends Found {
  /** A line each, without the file's name. */
  readonly unread: readonly string[];
}

/**
 * The Secrets, SealedSecrets, ExternalSecrets and PushSecrets of a file of YAML or JSON: several
 * documents, lists, and templates of Helm's as far as they can be read without being rendered. No
 * value is kept.
 * @param file What is before the line in `where`.
 */
export function readManifests(text: string, file: string): FileFacts {
  // Most files have nothing to say here, and need not be parsed to say it.
  if (!text.includes("Secret")) return { secrets: [], links: [], unread: [] };
  const { documents, unparsable } = parseDocuments(text);
  const lineOf = lineCounter(text);
  const kindOfFile = text.includes("{{") ? "a template that is not YAML" : "no YAML";
  const facts: Facts = {
    secrets: [],
    links: [],
    unread: unparsable.map(({ line, reason }) => `line ${line}: ${kindOfFile} (${reason})`),
  };
  const seen = new Set<Node>();
  for (const document of documents)
    for (const manifest of objectsIn(document, seen)) note(manifest, { file, line: lineOf(manifest.start) }, facts);
  return facts;
}

interface Facts {
  readonly secrets: FoundSecret[];
  readonly links: FoundLink[];
  readonly unread: string[];
}

/** Kubernetes' lists, and those of JSON. What several aliases name is one. */
function* objectsIn(node: Node, seen: Set<Node>): Generator<Mapping> {
  if (node.kind === "scalar" || seen.has(node)) return;
  seen.add(node);
  const list = node.kind === "sequence" ? node : textAt(node, "kind")?.endsWith("List") ? at(node, "items") : undefined;
  if (list?.kind === "sequence") for (const item of list.items) yield* objectsIn(item, seen);
  else if (node.kind === "mapping") yield node;
}

function note(manifest: Mapping, { file, line }: { file: string; line: number }, facts: Facts): void {
  const kind = textAt(manifest, "kind");
  if (kind !== "Secret" && kind !== "SealedSecret" && kind !== "ExternalSecret" && kind !== "PushSecret") return;
  const name = nameAt(manifest, "metadata", "name");
  if (name === undefined) return void facts.unread.push(`line ${line}: the name of a ${kind} is rendered later`);
  const namespace = nameAt(manifest, "metadata", "namespace");
  const own = { name, where: `${file}:${line}`, ...(namespace === undefined ? {} : { namespace }) };
  const spec = at(manifest, "spec");
  if (kind === "Secret") {
    const type = nameAt(manifest, "type");
    const keys = keysOf(at(manifest, "data"), at(manifest, "stringData"));
    facts.secrets.push({ ...own, kind, keys, ...(type === undefined ? {} : { type }) });
  } else if (kind === "SealedSecret") facts.secrets.push({ ...own, kind, keys: keysOf(at(spec, "encryptedData")) });
  else if (kind === "ExternalSecret") {
    const written = { name: nameAt(spec, "target", "name"), creationPolicy: textAt(spec, "target", "creationPolicy") };
    for (const { target } of writers([{ metadata: { name }, spec: { target: written } }]))
      facts.links.push({ ...own, kind, secret: target, remoteKeys: [] });
  } else facts.links.push({ ...own, kind, secret: nameAt(spec, "selector", "secret", "name") ?? "", remoteKeys: remoteKeysOf(spec) });
}

/** A text that does not wait for a template. */
function nameAt(node: Node | undefined, ...path: readonly string[]): string | undefined {
  const text = textAt(node, ...path);
  return isName(text) ? text : undefined;
}

function keysOf(...maps: readonly (Node | undefined)[]): string[] {
  return distinct(maps.flatMap((map) => entriesOf(map).map(({ key }) => key)));
}

function remoteKeysOf(spec: Node | undefined): string[] {
  return distinct(itemsOf(at(spec, "data")).flatMap((one) => nameAt(one, "match", "remoteRef", "remoteKey") ?? []));
}
