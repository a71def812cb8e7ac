// The fields of operators' objects that name a Secret or a store of secrets: one table for all who
// read such objects, each with values of its own kind: files with places, what the engine is told.

/** How values of some kind are read. */
export interface Reader<V> {
  /** What is under a key of an object. */
  at(value: V, key: string): V | undefined;
  /** What is in a list. */
  items(value: V): readonly V[];
  text(value: V): string | undefined;
}

/** A field of CloudNativePG's that names a Secret of the object's namespace. */
export interface SecretField {
  readonly kind: "Cluster" | "DatabaseRole" | "Pooler";
  /** Keys with dots between them; `*` is every item of a list. */
  readonly path: string;
  /** Whose login it is. */
  readonly login: "role" | "firstOwner" | "superuser" | "otherCluster" | "pooler";
  /** The keys that are read. Absent: the one that the field's own `key` says. */
  readonly keys?: readonly string[];
}

const LOGIN = ["username", "password"] as const;

/** CloudNativePG 1.30's API reference. */
export const SECRET_FIELDS: readonly SecretField[] = [
  { kind: "Cluster", path: "spec.managed.roles.*.passwordSecret", login: "role", keys: LOGIN },
  { kind: "Cluster", path: "spec.bootstrap.initdb.secret", login: "firstOwner", keys: LOGIN },
  { kind: "Cluster", path: "spec.bootstrap.recovery.secret", login: "firstOwner", keys: LOGIN },
  { kind: "Cluster", path: "spec.bootstrap.pg_basebackup.secret", login: "firstOwner", keys: LOGIN },
  { kind: "Cluster", path: "spec.superuserSecret", login: "superuser", keys: LOGIN },
  { kind: "Cluster", path: "spec.externalClusters.*.password", login: "otherCluster" },
  { kind: "DatabaseRole", path: "spec.passwordSecret", login: "role", keys: LOGIN },
  { kind: "Pooler", path: "spec.pgbouncer.authQuerySecret", login: "pooler", keys: LOGIN },
];

/** Fields of a backup's destination, wherever it is described: each selects a key of a Secret. */
export const BACKUP_FIELDS: readonly string[] = [
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "connectionString",
  "storageAccount",
  "storageKey",
  "storageSasToken",
  "applicationCredentials",
];

/**
 * What CloudNativePG puts into the Secrets of an application (`<cluster>-app`) and of the
 * superuser.
 */
export const LOGIN_KEYS: readonly string[] = [
  "username",
  "user",
  "password",
  "dbname",
  "host",
  "port",
  "pgpass",
  "uri",
  "jdbc-uri",
  "fqdn-uri",
  "fqdn-jdbc-uri",
];

/** Where a kind of External Secrets says what it exchanges with a store. */
export const EXCHANGES: Readonly<Record<string, readonly string[]>> = {
  ExternalSecret: ["spec"],
  ClusterExternalSecret: ["spec", "externalSecretSpec"],
  PushSecret: ["spec"],
  ClusterPushSecret: ["spec", "pushSecretSpec"],
};

/** Below that, the fields that name a store: an exchange's own, and those of single values. */
const STORE_FIELDS = ["secretStoreRef", "secretStoreRefs.*", "data.*.sourceRef.storeRef", "dataFrom.*.sourceRef.storeRef"];

/** Something at a path. */
export interface Found<V> {
  readonly value: V;
  /** The path as it was followed, with the numbers of items. */
  readonly path: readonly string[];
  /** The innermost item of a list that it is in. */
  readonly item?: V;
}

/** A Secret that a field of an object names. */
export interface NamedSecret<V> extends Found<V> {
  readonly field: SecretField;
  readonly secret: string;
  readonly keys: readonly string[];
}

/** The Secrets that an object of CloudNativePG's names, as far as their names are known. */
export function secretsNamed<V>(reader: Reader<V>, kind: string, object: V): NamedSecret<V>[] {
  return SECRET_FIELDS.filter((field) => field.kind === kind).flatMap((field) =>
    follow(reader, { value: object, path: [] }, field.path.split(".")).flatMap((found): NamedSecret<V>[] => {
      const secret = textAt(reader, found.value, "name");
      const key = textAt(reader, found.value, "key");
      return secret === undefined ? [] : [{ ...found, field, secret, keys: field.keys ?? (key === undefined ? [] : [key]) }];
    }),
  );
}

/** The references to stores in what an object exchanges with them. */
export function storesNamed<V>(reader: Reader<V>, exchange: V): Found<V>[] {
  return STORE_FIELDS.flatMap((path) => follow(reader, { value: exchange, path: [] }, path.split(".")));
}

function follow<V>(reader: Reader<V>, from: Found<V>, [key, ...rest]: readonly string[]): Found<V>[] {
  if (key === undefined) return [from];
  if (key === "*")
    return reader
      .items(from.value)
      .flatMap((value, index) => follow(reader, { value, path: [...from.path, String(index)], item: value }, rest));
  const value = reader.at(from.value, key);
  return value === undefined ? [] : follow(reader, { ...from, value, path: [...from.path, key] }, rest);
}

function textAt<V>(reader: Reader<V>, value: V, key: string): string | undefined {
  const found = reader.at(value, key);
  return found === undefined ? undefined : reader.text(found);
}
