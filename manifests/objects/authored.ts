import { objectName, type ObjectName } from "../named";
import { at, entriesOf, itemsOf, textAt, type Node } from "../nodes";
import { placeOf } from "./manifest";
import { storeNodesOf } from "./stores";
import type { Manifest, Place } from "./types";

/** A Secret that somebody outside the cluster authors. */
export interface AuthoredSecret extends Place {
  readonly name: ObjectName;
  readonly namespace: string | undefined;
  readonly stores: readonly { readonly kind: string; readonly name: string }[];
  readonly chart: string | undefined;
  /** The paths that it reads. */
  readonly sources: readonly string[];
  /** Why it is a login for Postgres, whoever reads it; absent where it does not say so itself. */
  readonly isPostgres: string | undefined;
  /** Whether it may be a login: it has a password. */
  readonly mayBeLogin: boolean;
}

/** `PGPASSWORD`, `POSTGRES_PASSWORD`, `postgres-password`, `pgpass`, `jdbc-uri` … */
const POSTGRES_KEY = /^(?:pgpass(?:word|file)?|.*postgres(?:ql)?[-_.]?(?:\w+[-_.])*(?:password|pwd|pass|uri|url|dsn)|jdbc[-_]?ur[il])$/i;
const LOGIN_KEY = /pass(?:word|wd)?$|pwd$|^ur[il]$|database[-_]?ur[il]$|dsn$/i;
const DATABASE_ENGINE = /(?:^|\/)[\w-]*(?:database|postgres)[\w-]*\/(?:static-)?(?:creds|roles|rotate-root)\//i;

/** The Secret that an ExternalSecret, or one of Vault's own objects, writes. */
export function authoredBy(manifest: Manifest): AuthoredSecret | undefined {
  const { kind, name, namespace, node, scope } = manifest;
  const spec = at(node, "spec");
  if (kind === "VaultStaticSecret" || kind === "VaultDynamicSecret") {
    const path = `${textAt(spec, "mount") ?? ""}/${textAt(spec, "path") ?? ""}`;
    const engine = isOfDatabaseEngine(path) ? `Vault's database engine (${kind}) makes the login` : undefined;
    return {
      ...placeOf(manifest, node.start),
      name: objectName(textAt(spec, "destination", "name")),
      namespace,
      stores: [],
      chart: scope.chart,
      sources: [path],
      isPostgres: engine,
      mayBeLogin: true,
    };
  }
  if (kind !== "ExternalSecret" && kind !== "ClusterExternalSecret") return undefined;
  const inner = kind === "ExternalSecret" ? spec : at(spec, "externalSecretSpec");
  const target = at(inner, "target");
  const sources = sourcesOf(inner);
  const keys = [
    ...itemsOf(at(inner, "data")).map((item) => textAt(item, "secretKey")),
    ...entriesOf(at(target, "template", "data")).map(({ key }) => key),
  ].filter((key) => key !== undefined);
  return {
    ...placeOf(manifest, node.start),
    name: objectName(textAt(target, "name") ?? (kind === "ExternalSecret" ? undefined : textAt(spec, "externalSecretName")) ?? name),
    namespace: kind === "ExternalSecret" ? namespace : undefined,
    stores: storeNodesOf(manifest).map((one) => ({ kind: textAt(one, "kind") ?? "SecretStore", name: textAt(one, "name") ?? "" })),
    chart: scope.chart,
    sources,
    isPostgres: postgresOf(inner, keys, sources),
    mayBeLogin: keys.length === 0 || keys.some((key) => LOGIN_KEY.test(key)),
  };
}

function sourcesOf(spec: Node | undefined): string[] {
  const sources = [
    ...itemsOf(at(spec, "data")).map((item) => textAt(item, "remoteRef", "key")),
    ...itemsOf(at(spec, "dataFrom")).map((item) => textAt(item, "extract", "key")),
  ];
  return [...new Set(sources.filter((source) => source !== undefined))];
}

/** Whether a path of Vault's is a login that its database engine makes. */
export function isOfDatabaseEngine(source: string): boolean {
  return DATABASE_ENGINE.test(`${source}/`);
}

function postgresOf(spec: Node | undefined, keys: readonly string[], sources: readonly string[]): string | undefined {
  const template = at(spec, "target", "template");
  if (sources.some(isOfDatabaseEngine)) return "it reads from Vault's database engine";
  if (entriesOf(at(template, "metadata", "labels")).some(({ key }) => key === "cnpg.io/reload"))
    return "its label `cnpg.io/reload` says that CloudNativePG reads it";
  if (entriesOf(at(template, "data")).some(({ value }) => value.kind === "scalar" && /(?:^|jdbc:)postgres(?:ql)?:\/\//.test(value.value)))
    return "its template makes an address of Postgres";
  const key = keys.find((one) => POSTGRES_KEY.test(one));
  return key === undefined ? undefined : `its key \`${key}\` is a login for Postgres`;
}
