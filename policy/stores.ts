import { isKind, kindOf, namespaceOf, objectName, type Resource } from "./resource";
import { at, isObject, objects, text, type Properties } from "./values";

/** The group of External Secrets' kinds. */
export const EXTERNAL_SECRETS = "external-secrets.io";

/** A use of a store: by whom, and what is used. */
export interface StoreUse {
  readonly where: string;
  readonly name: string;
  readonly kind: "SecretStore" | "ClusterSecretStore";
}

/** A Secret that is filled from elsewhere, under the name that its filler has for it. */
export interface FilledSecret {
  readonly resource: Resource;
  readonly name: string;
  /** Absent: in more than one, or not to be told. */
  readonly namespace?: string;
}

const isExternal = (resource: Resource, kind: string) => isKind(resource, EXTERNAL_SECRETS, kind);

export const storesOf = (resources: readonly Resource[]): Resource[] =>
  resources.filter((resource) => isExternal(resource, "SecretStore") || isExternal(resource, "ClusterSecretStore"));

/** What an ExternalSecret, a PushSecret, or what makes one in several namespaces, is told of it. */
export function exchangeOf(resource: Resource): { spec: Properties; where: string; everywhere: boolean } | undefined {
  const found = (path: readonly string[], everywhere: boolean) => {
    const spec = at(resource.props, ...path);
    return isObject(spec) ? { spec, where: path.join("."), everywhere } : undefined;
  };
  if (isExternal(resource, "ExternalSecret") || isExternal(resource, "PushSecret")) return found(["spec"], false);
  if (isExternal(resource, "ClusterExternalSecret")) return found(["spec", "externalSecretSpec"], true);
  if (isExternal(resource, "ClusterPushSecret")) return found(["spec", "pushSecretSpec"], true);
  return undefined;
}

/** Every store that it names: its own, and those of single values. */
export function storeUses(spec: Properties, where: string): StoreUse[] {
  const sources = ["data", "dataFrom"].flatMap((list) =>
    objects(spec, list).map((one, index) => [`${where}.${list}.${index}`, at(one, "sourceRef", "storeRef")] as const),
  );
  const references = [
    [`${where}.secretStoreRef`, spec.secretStoreRef] as const,
    ...objects(spec, "secretStoreRefs").map((one) => [`${where}.secretStoreRefs`, one] as const),
    ...sources,
  ];
  return references.flatMap(([place, reference]) => {
    const name = text(reference, "name");
    if (name === undefined) return [];
    return [{ where: place, name, kind: text(reference, "kind") === "ClusterSecretStore" ? "ClusterSecretStore" : "SecretStore" }];
  });
}

/** Every Secret that is filled from a store, by External Secrets or by Vault's own operator. */
export function filledSecrets(resources: readonly Resource[]): FilledSecret[] {
  return resources.flatMap((resource): FilledSecret[] => {
    const own = objectName(resource);
    const { group, kind = "" } = kindOf(resource) ?? {};
    if (group === "secrets.hashicorp.com") {
      const name = text(resource.props, "spec", "destination", "name");
      return name === undefined ? [] : [{ resource, name, namespace: namespaceOf(resource) }];
    }
    const exchange = exchangeOf(resource);
    if (exchange === undefined || !kind.endsWith("ExternalSecret")) return [];
    const name = text(exchange.spec, "target", "name") ?? text(resource.props, "spec", "externalSecretName") ?? own;
    return name === undefined ? [] : [{ resource, name, ...(exchange.everywhere ? {} : { namespace: namespaceOf(resource) }) }];
  });
}
