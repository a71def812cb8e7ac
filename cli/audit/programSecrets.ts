import { catalogue } from "../../catalog/services";
import { bundles } from "../../catalog/bundles";
import type { ExternalSecretRecord } from "../../catalog/externalSecret";
import { databaseSecrets, resolveNames } from "../../catalog/names";
import { certainKeys, ownTemplate } from "../../catalog/templates";
import { DEFAULT_STORE } from "../../config/vault";
import { objectName } from "../../manifests/named";
import { mirrorStore } from "../../vault/access";
import type { ProvidedSecret } from "../../manifests/objects/provided";
import type { Store } from "../../manifests/objects/stores";

/** The Secrets that this program makes, whatever stack: of every service and every bundle, in whichever namespace. */
export function ownSecrets(): ProvidedSecret[] {
  const secret = (name: string, keys: readonly string[] | undefined, owner: string): ProvidedSecret => ({
    name: objectName(name),
    namespace: undefined,
    keys: keys && new Set(keys),
    chart: undefined,
    by: `the catalogue's ${owner}`,
    place: undefined,
  });
  const databases = catalogue.flatMap((record) => {
    const { secret: read } = resolveNames(record);
    // A stack's own template says what is in it elsewhere.
    const template = ownTemplate(record.secret?.template ?? "pg");
    return databaseSecrets(record).map((name) =>
      secret(name, name === read ? template && certainKeys(template) : ["username", "password"], record.name),
    );
  });
  const fetched = [...catalogue, ...bundles].flatMap(({ name, externalSecrets = [] }) =>
    externalSecrets.map((record) => secret(record.name, keysOf(record), name)),
  );
  return [...databases, ...fetched];
}

function keysOf({ keys }: ExternalSecretRecord): readonly string[] | undefined {
  return keys === undefined ? undefined : Array.isArray(keys) ? (keys as readonly string[]) : Object.keys(keys);
}

/** The stores that this program makes, under the names that they have unless a stack says otherwise. */
export function ownStores(): Store[] {
  return [DEFAULT_STORE, mirrorStore({ store: { name: DEFAULT_STORE } })].map((name) => ({
    kind: "ClusterSecretStore",
    name: objectName(name),
    namespace: undefined,
    provider: "vault",
    allowed: undefined,
    chart: undefined,
    isFile: false,
  }));
}
