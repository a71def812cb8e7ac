// Who makes Secrets beside those that are Secrets themselves: a table of data, and what scripts and Terraform say.
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Problem } from "../../config/problem";
import { isName, objectName, type ObjectName } from "../named";
import { at, entriesOf, itemsOf, textAt, type Node } from "../nodes";
import { groupOf } from "./manifest";
import type { Manifest } from "./types";

/** A Secret that an object makes. */
interface Made {
  readonly name: ObjectName;
  readonly namespace: string | undefined;
  readonly keys: ReadonlySet<string> | undefined;
}

const strings = z.array(z.string()).default([]);
const schema = z.strictObject({
  objects: z
    .array(
      z.strictObject({
        kind: z.string(),
        group: z.string().optional(),
        /** Only where the object has something there. */
        when: z.string().optional(),
        makes: z.array(z.string()),
        keys: z.array(z.string()).optional(),
        anywhere: z.boolean().default(false),
      }),
    )
    .default([]),
  fields: strings,
  annotations: strings,
  options: strings,
  terraform: strings,
  charts: z.array(z.strictObject({ chart: z.string(), makes: z.array(z.string()) })).default([]),
  tools: z.array(z.strictObject({ name: z.string(), by: z.string() })).default([]),
});

type Table = z.infer<typeof schema>;

/** The table, ready for use. */
export interface Makers {
  readonly table: Table;
  readonly byKind: ReadonlyMap<string, Table["objects"]>;
  /** Paths of fields, by their first key. */
  readonly byField: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly inTexts: RegExp;
}

/** Reads the table, and one of the user's own beside it; every problem of that at once. */
export function readMakers(own?: { text: string; file: string }): Makers | { problems: Problem[] } {
  const table = schema.parse(parse(fs.readFileSync(path.join(__dirname, "../makers.yaml"), "utf8")));
  if (own === undefined) return prepare(table);
  let content: unknown;
  try {
    content = parse(own.text, { logLevel: "silent" }) ?? {};
  } catch {
    return { problems: [{ path: own.file, message: "is not valid YAML", remedy: "correct it" }] };
  }
  const read = schema.safeParse(content);
  if (!read.success)
    return {
      problems: read.error.issues.map((issue) => ({
        path: `${own.file}: ${issue.path.join(".")}`,
        message: issue.message,
        remedy: "write it as manifests/makers.yaml has it (docs/audit.md)",
      })),
    };
  const more = read.data;
  return prepare({
    objects: [...table.objects, ...more.objects],
    fields: [...table.fields, ...more.fields],
    annotations: [...table.annotations, ...more.annotations],
    options: [...table.options, ...more.options],
    terraform: [...table.terraform, ...more.terraform],
    charts: [...table.charts, ...more.charts],
    tools: [...table.tools, ...more.tools],
  });
}

let known: Makers | undefined;

/** The table as it comes. */
export function knownMakers(): Makers {
  known ??= readMakers() as Makers;
  return known;
}

function prepare(table: Table): Makers {
  const byKind = new Map<string, Table["objects"]>();
  for (const one of table.objects) byKind.set(one.kind, [...(byKind.get(one.kind) ?? []), one]);
  const options = table.options.map(escape).join("|");
  const resources = table.terraform.map(escape).join("|");
  const NAME = String.raw`["']?([a-z0-9][a-z0-9.-]{0,200}[a-z0-9])["']?`;
  const inTexts = new RegExp(
    [
      String.raw`--?(?:${options})(?:=|["']?[\s,]+-?\s{0,20})${NAME}`,
      String.raw`\bcreate\s{1,5}secret\s{1,5}(?:generic|tls|docker-registry)\s+(?:--?[\w-]+(?:[= ][^\s]+)?\s+){0,6}${NAME}`,
      String.raw`\bresource\s+"(?:${resources})"\s+"[^"\n]{1,200}"\s*\{[^}]{0,800}?\bname\s*=\s*"([a-z0-9][a-z0-9.-]*)"`,
      String.raw`\bkind\s{0,20}=\s{0,20}"Secret"\s[^{}]{0,300}?metadata\s{0,20}=\s{0,20}\{\s{0,200}name\s{0,20}=\s{0,20}"([a-z0-9][a-z0-9.-]*)"`,
    ].join("|"),
    "g",
  );
  const byField = new Map<string, string[][]>();
  for (const path of table.fields.map((field) => field.split("."))) byField.set(path[0]!, [...(byField.get(path[0]!) ?? []), path]);
  return { table, byKind, byField, inTexts };
}

export function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The Secrets that the table says of an object. */
export function madeByTable({ table, byKind, byField }: Makers, manifest: Manifest): Made[] {
  const { kind, node, namespace } = manifest;
  const group = groupOf(manifest);
  const secret = (name: string, where: string | undefined, keys?: readonly string[]) => ({
    name: objectName(name),
    namespace: where,
    keys: keys && new Set(keys),
  });
  const made = (byKind.get(kind) ?? [])
    .filter(
      (one) =>
        (one.group === undefined || one.group === group) && (one.when === undefined || at(node, ...one.when.split(".")) !== undefined),
    )
    .flatMap(({ makes, keys, anywhere }) =>
      makes.flatMap((pattern) => fill(pattern, manifest).map((name) => secret(name, anywhere ? undefined : namespace, keys))),
    );
  const written = [...byField].flatMap(([first, paths]) => {
    const below = at(node, first);
    if (below === undefined) return [];
    return paths.flatMap(([, ...path]) => {
      const name = textAt(below, ...path);
      return name === undefined ? [] : [secret(name, textAt(below, ...path.slice(0, -1), "namespace") ?? namespace)];
    });
  });
  const annotations = at(node, "metadata", "annotations");
  const annotated = table.annotations.flatMap((annotation) => {
    const name = textAt(annotations, annotation);
    return name === undefined ? [] : [secret(name, namespace)];
  });
  return [...made, ...written, ...annotated];
}

/** The Secrets that a chart makes, by its name. */
export function madeByChart({ table }: Makers, chart: string): Pick<Made, "name">[] {
  return table.charts
    .filter((one) => one.chart === chart)
    .flatMap(({ makes }) => makes.map((name) => ({ name: objectName(starred(name)) })));
}

/** The Secrets that are no repository's, with who makes them. */
export function madeByTools({ table }: Makers): { name: ObjectName; by: string }[] {
  return table.tools.map(({ name, by }) => ({ name: objectName(starred(name)), by }));
}

/** Says at once that a text makes none. */
const SAYS_SECRET = /-secret|-\w{0,40}Secret|create\s{1,5}secret|"kubernetes_|"Secret"/;

/** The names of the Secrets that a script, a command or Terraform makes. */
export function madeInText({ inTexts }: Makers, text: string): string[] {
  if (!SAYS_SECRET.test(text)) return [];
  return [...text.matchAll(inTexts)].flatMap(([, ...names]) => names.filter((name) => name !== undefined));
}

/** A pattern of the table with an object's values: once for every item of a list. Nothing where the object does not have one. */
function fill(pattern: string, { name, node }: Manifest): string[] {
  const [, before = "", path, after = ""] = /^([^{]*)\{([^{}]+)\}(.*)$/.exec(pattern) ?? [];
  if (path === undefined) return [starred(pattern)];
  const values = path === "name" ? (name === undefined ? [] : [name]) : valuesAt(node, path.split("."));
  return values.flatMap((value) => fill(after, { name, node } as Manifest).map((rest) => `${starred(before)}${value}${rest}`));
}

/** In a name that `objectName` reads, what may be anything is an action. */
function starred(text: string): string {
  return text.replaceAll("*", "{{ . }}");
}

function valuesAt(node: Node | undefined, [key, ...rest]: readonly string[]): string[] {
  if (node === undefined) return [];
  if (key === undefined) return node.kind === "scalar" && node.value !== "" ? [node.value] : [];
  if (key !== "*") return valuesAt(at(node, key), rest);
  if (node.kind === "mapping" && rest.length === 0) return entriesOf(node).map((entry) => entry.key);
  return itemsOf(node).flatMap((item) => valuesAt(item, rest));
}

/** The chart that an object installs: an Application of Argo CD's, a HelmRelease of Flux', a HelmChart of k3s'. */
export function chartsOf({ node }: Manifest): string[] {
  const sources = [at(node, "spec", "source"), ...itemsOf(at(node, "spec", "sources")), at(node, "spec", "template", "spec", "source")];
  const names = [
    ...sources.map((source) => textAt(source, "chart")),
    textAt(node, "spec", "chart", "spec", "chart"),
    textAt(node, "spec", "chart"),
    textAt(node, "spec", "chartRef", "name"),
    ...itemsOf(at(node, "helmCharts")).map((chart) => textAt(chart, "name")),
    ...itemsOf(at(node, "dependencies")).map((chart) => textAt(chart, "name")),
  ];
  return names.flatMap((name) => (isName(name) ? [name.split("/").at(-1)!] : []));
}
