import { LineCounter, parseAllDocuments, type Document } from "yaml";
import { writers, type LiveExternalSecret } from "../kube/externalSecrets";
import { distinct } from "./sort";
import type { Found, FoundLink, FoundSecret } from "./types";

/** What stands for an action of a template, whose value is known only when it is rendered. */
const RENDERED = "rendered-later";
/** Where one was: no YAML has it. */
const ACTION = "\0";

/** What a file has, and what of it could not be read. */
export interface FileFacts extends Found {
  /** A line each, without the file's name. */
  readonly unread: readonly string[];
}

interface Manifest {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } | null;
  readonly type?: unknown;
  readonly data?: unknown;
  readonly stringData?: unknown;
  readonly items?: unknown;
  readonly spec?: Readonly<Record<string, unknown>> | null;
}

/**
 * The Secrets, SealedSecrets, ExternalSecrets and PushSecrets of a file of YAML or JSON: several documents, lists, and templates of Helm's as far as they can be read without being rendered. No value is kept, nor
 * a parser's message, which may quote one.
 * @param file What is before the line in `where`.
 */
export function readManifests(text: string, file: string): FileFacts {
  // Most files have nothing to say here, and need not be parsed to say it.
  if (!text.includes("Secret")) return { secrets: [], links: [], unread: [] };
  const isTemplate = text.includes("{{");
  const lines = new LineCounter();
  const facts = { secrets: [] as FoundSecret[], links: [] as FoundLink[], unread: [] as string[] };
  // The two branches of a condition may have the same key.
  const options = { lineCounter: lines, logLevel: "silent", uniqueKeys: !isTemplate } as const;
  for (const document of parseAllDocuments(isTemplate ? withoutActions(text) : text, options)) {
    const line = lines.linePos(firstOf(document)).line;
    const manifests = objectsOf(document);
    if ("code" in manifests)
      facts.unread.push(`line ${manifests.line ?? line}: ${isTemplate ? "a template that is no YAML" : "no YAML"} (${manifests.code})`);
    else for (const manifest of manifests) note(manifest, { file, line }, facts);
  }
  return facts;
}

/** A template's actions taken out, the lines left where they are: one that has a line to itself is a step, any other a value. */
function withoutActions(text: string): string {
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    const [open, close] = [text.indexOf("{{", from), text.indexOf("}}", text.indexOf("{{", from))];
    if (open < 0 || close < 0) {
      parts.push(text.slice(from));
      break;
    }
    parts.push(text.slice(from, open), ACTION, text.slice(open, close).replace(/[^\n]/g, ""));
    from = close + 2;
  }
  const isStep = (line: string) => line.includes(ACTION) && line.replaceAll(ACTION, "").trim() === "";
  const lines = parts.join("").split("\n");
  return lines.map((line) => (isStep(line) ? "" : line.replaceAll(ACTION, RENDERED))).join("\n");
}

function firstOf(document: Document): number {
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

function objectsOf(document: Document): Manifest[] | { code: string; line?: number } {
  const [broken] = document.errors;
  if (broken !== undefined) return { code: broken.code, ...(broken.linePos === undefined ? {} : { line: broken.linePos[0].line }) };
  try {
    return flatten(document.toJS({ maxAliasCount: 100 }));
  } catch {
    return { code: "ALIASES" };
  }
}

/** Kubernetes' lists, and those of JSON. */
function flatten(value: unknown): Manifest[] {
  if (Array.isArray(value)) return value.flatMap(flatten);
  if (typeof value !== "object" || value === null) return [];
  const { kind, items } = value as Manifest;
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items.flatMap(flatten) : [value];
}

function note(
  manifest: Manifest,
  { file, line }: { file: string; line: number },
  facts: { secrets: FoundSecret[]; links: FoundLink[]; unread: string[] },
): void {
  const { kind, metadata, spec } = manifest;
  if (kind !== "Secret" && kind !== "SealedSecret" && kind !== "ExternalSecret" && kind !== "PushSecret") return;
  const name = known(metadata?.name);
  if (name === undefined) return void facts.unread.push(`line ${line}: the name of a ${kind} is rendered later`);
  const namespace = known(metadata?.namespace);
  const own = { name, where: `${file}:${line}`, ...(namespace === undefined ? {} : { namespace }) };
  if (kind === "Secret") {
    const type = known(manifest.type);
    facts.secrets.push({ ...own, kind, keys: keysOf(manifest.data, manifest.stringData), ...(type === undefined ? {} : { type }) });
  } else if (kind === "SealedSecret") facts.secrets.push({ ...own, kind, keys: keysOf(spec?.encryptedData) });
  else if (kind === "ExternalSecret") {
    for (const { target } of writers([{ metadata: { name }, spec } as LiveExternalSecret]))
      facts.links.push({ ...own, kind, secret: known(target) ?? name, remoteKeys: [] });
  } else
    facts.links.push({ ...own, kind, secret: known(at(spec, "selector", "secret", "name")) ?? "", remoteKeys: remoteKeysOf(spec?.data) });
}

/** A text that does not wait for a template. */
function known(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && !value.includes(RENDERED) ? value : undefined;
}

function keysOf(...maps: readonly unknown[]): string[] {
  return distinct(maps.flatMap((map) => (typeof map === "object" && map !== null ? Object.keys(map) : [])));
}

function remoteKeysOf(data: unknown): string[] {
  return distinct((Array.isArray(data) ? data : []).flatMap((one) => known(at(one, "match", "remoteRef", "remoteKey")) ?? []));
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(
    (one, field) => (typeof one === "object" && one !== null ? (one as Record<string, unknown>)[field] : undefined),
    value,
  );
}
