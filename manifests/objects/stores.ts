import { EXCHANGES, storesNamed } from "../../kube/kinds/secretFields";
import { isName, objectName, type ObjectName } from "../named";
import { at, entriesOf, itemsOf, NODES, textAt, type Node } from "../nodes";
import { placeOf } from "./manifest";
import type { Manifest, Place } from "./types";

/** A SecretStore or a ClusterSecretStore. */
export interface Store {
  readonly kind: string;
  readonly name: ObjectName;
  readonly namespace: string | undefined;
  /** `vault`, `kubernetes`, … */
  readonly provider: string | undefined;
  /** From which a ClusterSecretStore may be used; absent where it says nothing that can be read here. */
  readonly allowed: readonly string[] | undefined;
  readonly chart: string | undefined;
  /** Whether a file makes it. */
  readonly isFile: boolean;
  /** Which. */
  readonly file?: string;
}

/** What an ExternalSecret or a PushSecret says of a store. */
export interface StoreReference extends Place {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly chart: string | undefined;
}

export function storeOf(manifest: Manifest): Store | undefined {
  const { kind, name, namespace, node, scope } = manifest;
  if (kind !== "SecretStore" && kind !== "ClusterSecretStore") return undefined;
  const conditions = itemsOf(at(node, "spec", "conditions"));
  const named = conditions.map((condition) => at(condition, "namespaces"));
  const isPlain =
    conditions.length > 0 && named.every((one, index) => one?.kind === "sequence" && entriesOf(conditions[index]).length === 1);
  const allowed = isPlain ? named.flatMap((one) => itemsOf(one).map((item) => (item.kind === "scalar" ? item.value : ""))) : undefined;
  return {
    kind,
    name: objectName(name),
    namespace,
    provider: entriesOf(at(node, "spec", "provider"))[0]?.key,
    allowed,
    chart: scope.chart,
    isFile: true,
    file: scope.file,
  };
}

/** Every store that an object names; not those whose name a template makes. */
export function storeReferencesOf(manifest: Manifest): StoreReference[] {
  const { kind, node, scope } = manifest;
  const namespace = kind === "ClusterExternalSecret" ? undefined : manifest.namespace;
  return storeNodesOf(manifest).flatMap((reference) => {
    const name = textAt(reference, "name");
    const store = textAt(reference, "kind") ?? "SecretStore";
    return isName(name) && isName(store)
      ? [{ ...placeOf(manifest, (reference ?? node).start, "secretStoreRef"), kind: store, name, namespace, chart: scope.chart }]
      : [];
  });
}

/** Where an object names stores, a reference each. */
export function storeNodesOf({ kind, node }: Manifest): Node[] {
  const exchange = at(node, ...(EXCHANGES[kind] ?? []));
  return kind in EXCHANGES && exchange !== undefined ? storesNamed(NODES, exchange).map(({ value }) => value) : [];
}
