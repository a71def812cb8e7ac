// The namespace that a file's objects get from who applies them: kustomize, Flux and Argo CD.
import * as fs from "node:fs";
import * as path from "node:path";
import type { ManifestFile } from "./files";
import { isKustomization } from "./kustomization";
import { isName } from "./named";
import { at, itemsOf, textAt, type Node } from "./nodes";
import { parseDocuments } from "./parse";

/** What says a namespace for what is below a folder, or for a file. */
interface Said {
  readonly place: string;
  readonly namespace: string;
  readonly isFlux: boolean;
}

/** Gathers what files say of the namespaces of others. */
export class Namespaces {
  private readonly kustomizations = new Map<string, { namespace: string | undefined; resources: readonly string[] }>();
  private readonly applied: Said[] = [];

  /** Takes in what a file says; most say nothing. */
  add(file: Pick<ManifestFile, "path">, text: string): void {
    const isKustomize = isKustomization(path.basename(file.path));
    if (!isKustomize && !/targetNamespace|argoproj\.io/.test(text)) return;
    for (const document of parseDocuments(text).documents) {
      if (isKustomize) this.addKustomization(file.path, document);
      else this.addApplication(file.path, document);
    }
  }

  /** The namespace of objects of a file that name none: of the innermost that says one. */
  of(file: string): string | undefined {
    const built = this.builtInto(file, new Set());
    if (built !== undefined) return built;
    const around = this.applied.filter(({ place }) => file === place || file.startsWith(`${place}${path.sep}`));
    return around.sort((a, b) => b.place.length - a.place.length)[0]?.namespace;
  }

  /** The namespaces that kustomize and Flux give a file's objects, whatever they say themselves: one for each that builds it. */
  over(file: string): ReadonlySet<string> {
    const found = new Set<string>();
    this.addOver(file, found, new Set());
    return found;
  }

  private addOver(place: string, found: Set<string>, seen: Set<string>): void {
    if (seen.has(place)) return;
    seen.add(place);
    for (const { place: built, namespace, isFlux } of this.applied)
      if (isFlux && (place === built || place.startsWith(`${built}${path.sep}`))) found.add(namespace);
    for (const [folder, { namespace, resources }] of this.kustomizations) {
      if (!resources.includes(place)) continue;
      if (namespace !== undefined) found.add(namespace);
      this.addOver(folder, found, seen);
    }
  }

  private addKustomization(file: string, document: Node): void {
    const namespace = textAt(document, "namespace");
    const folder = path.dirname(file);
    const resources = ["resources", "bases", "components"].flatMap((key) =>
      itemsOf(at(document, key)).flatMap((item) =>
        item.kind === "scalar" && !item.value.includes("://") ? [path.resolve(folder, item.value)] : [],
      ),
    );
    this.kustomizations.set(folder, { namespace: isName(namespace) ? namespace : undefined, resources });
  }

  private addApplication(file: string, document: Node): void {
    const kind = textAt(document, "kind");
    const isFlux = kind === "Kustomization" && (textAt(document, "apiVersion") ?? "").startsWith("kustomize.toolkit.fluxcd.io/");
    if (!isFlux && kind !== "Application") return;
    const namespace = isFlux ? textAt(document, "spec", "targetNamespace") : textAt(document, "spec", "destination", "namespace");
    const folder = isFlux ? textAt(document, "spec", "path") : textAt(document, "spec", "source", "path");
    if (!isName(namespace) || !isName(folder)) return;
    const named = folder.replace(/^\/+/, "");
    this.applied.push({ place: path.resolve(rootOf(path.dirname(file), named), named), namespace, isFlux });
  }

  /** The namespace of the outermost kustomization that builds a file or folder: kustomize's own order, and last. */
  private builtInto(place: string, seen: Set<string>): string | undefined {
    if (seen.has(place)) return undefined;
    seen.add(place);
    let found: string | undefined;
    for (const [folder, { namespace, resources }] of this.kustomizations) {
      if (!resources.includes(place)) continue;
      const flux = this.applied.find((one) => one.place === folder)?.namespace;
      found ??= this.builtInto(folder, seen) ?? flux ?? namespace;
    }
    return found;
  }
}

/** The root of the repository that a folder is in: Flux and Argo CD name folders from there. In a copy without `.git`, where the one that is named is. */
function rootOf(folder: string, named: string): string {
  let fitting: string | undefined;
  for (let here = folder; ; here = path.dirname(here)) {
    if (fs.existsSync(path.join(here, ".git"))) return here;
    if (fitting === undefined && fs.existsSync(path.join(here, named))) fitting = here;
    if (here === path.dirname(here)) return fitting ?? folder;
  }
}
