import { textAt, type Mapping } from "../nodes";
import type { Manifest, Place, Scope } from "./types";

/** Whether a mapping is an object of Kubernetes, and not a reference to one. */
export function asManifest(node: Mapping, scope: Scope): Manifest | undefined {
  const kind = textAt(node, "kind");
  const apiVersion = textAt(node, "apiVersion");
  if (kind === undefined || apiVersion === undefined || textAt(node, "$patch") === "delete") return undefined;
  const isObject = node.entries.some(({ key }) => OBJECT.has(key));
  return isObject
    ? { apiVersion, kind, name: textAt(node, "metadata", "name"), namespace: textAt(node, "metadata", "namespace"), node, scope }
    : undefined;
}

const OBJECT = new Set([
  "metadata",
  "spec",
  "data",
  "stringData",
  "items",
  "resources",
  "secretGenerator",
  "configMapGenerator",
  "patches",
  "namespace",
]);

/** An API group, without its version. */
export function groupOf({ apiVersion }: Manifest): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

export function placeOf({ kind, name, scope }: Pick<Manifest, "kind" | "name" | "scope">, start: number, field = ""): Place {
  return {
    file: scope.file,
    line: scope.lineOf(start),
    field: `${kind}${name === undefined ? "" : `/${name}`}${field === "" ? "" : ` ${field}`}`,
  };
}
