import { isKind, kindOf, namespaceOf, objectName, type Resource } from "./resource";
import { at, isObject, text, VALUES, type Properties } from "./values";
import { EXTERNAL_SECRETS, VAULT_SECRETS } from "../kube/kinds/groups";
import { EXCHANGES, storesNamed } from "../kube/kinds/secretFields";

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

const isExternal = (resource: Resource, kind: string) => isKind(resource, EXTERNAL_SECRETS.group, kind);

export const storesOf = (resources: readonly Resource[]): Resource[] =>
  resources.filter((resource) => isExternal(resource, "SecretStore") || isExternal(resource, "ClusterSecretStore"));

/** What an ExternalSecret, a PushSecret, or what makes one in several namespaces, is told of it. */
export function exchangeOf(resource: Resource): { spec: Properties; where: string; everywhere: boolean } | undefined {
  const { group, kind = "" } = kindOf(resource) ?? {};
  const path = group === EXTERNAL_SECRETS.group ? EXCHANGES[kind] : undefined;
  const spec = path && at(resource.props, ...path);
  return path && isObject(spec) ? { spec, where: path.join("."), everywhere: kind.startsWith("Cluster") } : undefined;
}

/** Every store that it names: its own, and those of single values. */
export function storeUses(spec: Properties, where: string): StoreUse[] {
  return storesNamed(VALUES, spec).flatMap(({ value, path }) => {
    const name = text(value, "name");
    if (name === undefined) return [];
    // The list or the item that it stands in says where.
    const [list = "", index] = path;
    const place = list.startsWith("data") ? `${list}.${index}` : list;
    return [
      { where: `${where}.${place}`, name, kind: text(value, "kind") === "ClusterSecretStore" ? "ClusterSecretStore" : "SecretStore" },
    ];
  });
}

/** Every Secret that is filled from a store, by External Secrets or by Vault's own operator. */
export function filledSecrets(resources: readonly Resource[]): FilledSecret[] {
  return resources.flatMap((resource): FilledSecret[] => {
    const own = objectName(resource);
    const { group, kind = "" } = kindOf(resource) ?? {};
    if (group === VAULT_SECRETS.group) {
      const name = text(resource.props, "spec", "destination", "name");
      return name === undefined ? [] : [{ resource, name, namespace: namespaceOf(resource) }];
    }
    const exchange = exchangeOf(resource);
    if (exchange === undefined || !kind.endsWith("ExternalSecret")) return [];
    const name = text(exchange.spec, "target", "name") ?? text(resource.props, "spec", "externalSecretName") ?? own;
    return name === undefined ? [] : [{ resource, name, ...(exchange.everywhere ? {} : { namespace: namespaceOf(resource) }) }];
  });
}
