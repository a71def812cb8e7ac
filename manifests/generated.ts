import * as path from "node:path";
import { at, itemsOf, textAt, type Node } from "./nodes";
import { parseDocuments } from "./parse";
import { readText } from "./text";

/** What a generator of kustomize's makes of a file. */
export interface Generated {
  readonly region: "secret" | "config-map";
  /** `env`: a variable a line. `file`: one value. */
  readonly form: "env" | "file";
  /** The generator's name, or what it says. */
  readonly of: string;
}

const GENERATORS = [
  ["secretGenerator", "secret"],
  ["configMapGenerator", "config-map"],
] as const;

/** The files that the generators of a kustomization read, by their paths. */
export function generatedFrom(file: string): Map<string, Generated> {
  const found = new Map<string, Generated>();
  const read = readText(file);
  if ("reason" in read || !/^\s*(?:secret|configMap)Generator:/m.test(read.text)) return found;
  const folder = path.dirname(file);
  for (const document of parseDocuments(read.text).documents)
    for (const [generator, region] of GENERATORS)
      for (const item of itemsOf(at(document, generator))) {
        const note = (name: string | undefined, form: Generated["form"]) => {
          if (name !== undefined)
            found.set(path.resolve(folder, name), { region, form, of: `${generator}[${textAt(item, "name") ?? ""}]` });
        };
        for (const one of [...texts(at(item, "envs")), textAt(item, "env")]) note(one, "env");
        for (const one of texts(at(item, "files"))) note(one.includes("=") ? one.slice(one.indexOf("=") + 1) : one, "file");
      }
  return found;
}

function texts(node: Node | undefined): string[] {
  return itemsOf(node).flatMap((item) => (item.kind === "scalar" ? [item.value] : []));
}
