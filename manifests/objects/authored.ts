import { objectName, type ObjectName } from "../named";
import { at, entriesOf, itemsOf, textAt, type Node } from "../nodes";
import { groupOf, placeOf } from "./manifest";
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
  /** Why it is likely one: what it is called, and what its path is called. Absent where something says that it is another database's. */
  readonly likely?: string | undefined;
  /** Whether the cluster makes its value by chance, and nobody outside authors it. */
  readonly isGenerated?: boolean;
  /** Whether it adds to a Secret that somebody else makes. */
  readonly isMerged?: boolean;
  /** Whether it may be a login: it has a password. */
  readonly mayBeLogin: boolean;
}

/** `PGPASSWORD`, `POSTGRES_PASSWORD`, `postgres-password`, `pgpass`, `jdbc-uri` … */
const POSTGRES_KEY = /^(?:pgpass(?:word|file)?|.*postgres(?:ql)?[-_.]?(?:\w+[-_.])*(?:password|pwd|pass|uri|url|dsn)|jdbc[-_]?ur[il])$/i;
const LOGIN_KEY = /pass(?:word|wd)?$|pwd$|^ur[il]$|database[-_]?ur[il]$|dsn$/i;
/** A database's password, of which only the path or the name says that it is Postgres. */
const DATABASE_KEY = /(?:^|[-_.])(?:db|database|pg|pgsql)[-_.]{0,2}(?:pass(?:word|wd)?|pwd|url|uri|dsn)(?:[-_.]\w+)?$/i;
const POSTGRES_NAME = /(?:^|[-_./])(?:postgres(?:ql)?\d*|pgsql|psql|pg|cnpg)(?:[-_./]|$)/i;
const OTHER_DATABASE =
  /mysql|maria|mongo|redis|valkey|dragonfly|clickhouse|mssql|sqlserver|neo4j|elastic|influx|rabbit|pgadmin|postgrest|backup|(?:^|[-_])s3(?:[-_]|$)|minio|rustfs|seaweed|(?:^|[-_/])(?:garage|r2)(?:[-_/]|$)/i;
/** Databases that an application has instead of Postgres, and not beside it. */
const OF_RECORDS = /mysql|maria|mongo|mssql|sqlserver|couch|clickhouse|neo4j|cockroach|oracle/i;
/** `app-db-credentials`: whose database, only its workload knows. */
const DATABASE_NAME = /(?:^|[-_.])(?:db|database)[-_.](?:credentials?|creds?|auth|secrets?|login|password|user)$/i;
/** The services of a Cluster of CloudNativePG's. */
const CLUSTER_HOST = /^[a-z0-9][\w-]*-(?:rw|ro|r)(?:\.[\w.-]+)?(?::\d+)?$/;
/** The same in a file that a template makes, beside a password. */
const HOST_IN_TEXT = /^\s*["']?\w*(?:host|addr|server)\w*["']?\s*[:=]\s*["']?[a-z0-9][\w-]*-(?:rw|ro|r)(?:[.:\s"']|$)/im;
const PASSWORD_IN_TEXT = /^\s*["']?\w*pass(?:word|wd)?["']?\s*[:=]/im;
const DATABASE_ENGINE = /(?:^|\/)[\w-]*(?:database|postgres)[\w-]*\/(?:static-)?(?:creds|roles|rotate-root)\//i;

/** Every Secret that an object writes from outside, or pods that have a login of Vault's without a Secret. */
export function allAuthoredBy(manifest: Manifest): AuthoredSecret[] {
  const one = authoredBy(manifest) ?? vaultSecretOf(manifest) ?? filledSecretOf(manifest);
  return [...(one === undefined ? [] : [one]), ...injectedLoginsOf(manifest)];
}

/** redhat-cop's and ricoberger's operators: `VaultSecret`. */
function vaultSecretOf(manifest: Manifest): AuthoredSecret | undefined {
  const { kind, name, namespace, node, scope } = manifest;
  if (kind !== "VaultSecret") return undefined;
  const spec = at(node, "spec");
  const sources = [
    ...itemsOf(at(spec, "vaultSecretDefinitions")).map((one) => textAt(one, "path")),
    textAt(spec, "path"),
    textAt(spec, "secretEngine"),
  ].filter((source) => source !== undefined);
  const output = at(spec, "output");
  const keys = [
    ...entriesOf(at(output, "stringData")).map(({ key }) => key),
    ...itemsOf(at(spec, "keys")).flatMap((key) => (key.kind === "scalar" ? [key.value] : [])),
  ];
  const made = objectName(textAt(output, "name") ?? name);
  return {
    ...placeOf(manifest, node.start),
    name: made,
    namespace,
    stores: [],
    chart: scope.chart,
    sources,
    isPostgres: sources.some(isOfDatabaseEngine) ? "it reads from Vault's database engine" : postgresKey(keys),
    likely: likelyPostgres(keys, sources, made.text),
    mayBeLogin: mayBeLoginOf(keys),
  };
}

/** What Argo CD's plugin, Bank-Vaults' webhook or vals fill in: `<path:secret/data/app#password>`, `vault:database/creds/app#password`. */
const FILLED = /<path:([^<>\n#]{1,300})#|(?:^|[^\w])>{0,2}vault:([\w./-]{1,300})#|ref\+vault:\/\/([^\s#]{1,300})#/g;

function filledBy(text: string): string[] {
  if (!text.includes("#")) return [];
  return [...text.matchAll(FILLED)].map(([, one, other, third]) => one ?? other ?? third ?? "");
}

/** A Secret of the repository that Vault fills in. */
function filledSecretOf(manifest: Manifest): AuthoredSecret | undefined {
  const { kind, name, namespace, node, scope } = manifest;
  if (kind !== "Secret" || groupOf(manifest) !== "") return undefined;
  const entries = [...entriesOf(at(node, "stringData")), ...entriesOf(at(node, "data"))];
  const filled = entries.flatMap(({ key, value }) => (value.kind === "scalar" ? filledBy(value.value).map((path) => ({ key, path })) : []));
  if (filled.length === 0) return undefined;
  const sources = [...new Set(filled.map(({ path }) => path))];
  const keys = filled.map(({ key }) => key);
  const isAddress = entries.some(({ value }) => value.kind === "scalar" && ADDRESS.test(value.value) && filledBy(value.value).length > 0);
  const isRead = entriesOf(at(node, "metadata", "labels")).some(({ key }) => key === RELOAD_LABEL);
  return {
    ...placeOf(manifest, node.start),
    name: objectName(name),
    namespace,
    stores: [],
    chart: scope.chart,
    sources,
    isPostgres: sources.some(isOfDatabaseEngine)
      ? "Vault's database engine makes the login"
      : isRead && mayBeLoginOf(keys)
        ? `its label \`${RELOAD_LABEL}\` says that CloudNativePG reads it`
        : isAddress
          ? "it is an address of Postgres"
          : postgresKey(keys),
    likely: likelyPostgres(keys, sources, name ?? ""),
    mayBeLogin: keys.some((key) => LOGIN_KEY.test(key)),
  };
}

const RELOAD_LABEL = "cnpg.io/reload";
const ADDRESS = /(?:^|jdbc:)postgres(?:ql)?:\/\//;
const INJECTION = /^vault\.hashicorp\.com\/agent-inject-(?:secret|template)-/;

/** Pods that Vault's agent, or Bank-Vaults' webhook, gives a login of the database engine without a Secret in between. */
function injectedLoginsOf(manifest: Manifest): AuthoredSecret[] {
  const { namespace, node, scope } = manifest;
  const templates = [node, at(node, "spec", "template"), at(node, "spec", "jobTemplate", "spec", "template")];
  const found = templates.flatMap((template) => [
    ...entriesOf(at(template, "metadata", "annotations"))
      .filter(({ key, value }) => INJECTION.test(key) && value.kind === "scalar")
      .map(({ key, start, value }) => ({ start, field: key, path: pathOfInjection(value) })),
    ...[...itemsOf(at(template, "spec", "containers")), ...itemsOf(at(template, "spec", "initContainers"))]
      .flatMap((container) => itemsOf(at(container, "env")))
      .flatMap((variable) =>
        filledBy(textAt(variable, "value") ?? "").map((path) => ({
          start: variable.start,
          field: textAt(variable, "name") ?? "env",
          path,
        })),
      ),
  ]);
  const logins = found.filter(({ path }) => isOfDatabaseEngine(path));
  const [first] = logins;
  if (first === undefined) return [];
  return [
    {
      ...placeOf(manifest, first.start, first.field),
      name: objectName(undefined),
      namespace,
      stores: [],
      chart: scope.chart,
      sources: [...new Set(logins.map(({ path }) => path))],
      isPostgres: "Vault's database engine makes the login, and its agent puts it into the pods",
      mayBeLogin: true,
    },
  ];
}

function pathOfInjection(value: Node): string {
  const text = value.kind === "scalar" ? value.value : "";
  return /secret\s+"([^"\n]{1,300})"/.exec(text)?.[1] ?? text;
}

function postgresKey(keys: readonly string[]): string | undefined {
  const key = keys.find((one) => POSTGRES_KEY.test(one));
  return key === undefined ? undefined : `its key \`${key}\` is a login for Postgres`;
}

/** What a login is called and where it is from, where that speaks of Postgres and of nothing else. */
function likelyPostgres(keys: readonly string[], sources: readonly string[], name: string): string | undefined {
  const said = [name, ...keys, ...sources].join(" ");
  const key = keys.find((one) => DATABASE_KEY.test(one));
  // Beside `DB_URL`, `REDIS_URL` is of another.
  if (key !== undefined && !OTHER_DATABASE.test([key, name, ...sources].join(" ")) && !OF_RECORDS.test(said))
    return `its key \`${key}\` is a database's login`;
  if (OTHER_DATABASE.test(said)) return undefined;
  if (keys.length > 0 && !keys.some((one) => LOGIN_KEY.test(one))) return undefined;
  const path = sources.find((source) => POSTGRES_NAME.test(source));
  if (path !== undefined && keys.length > 0) return "its path in the store speaks of Postgres";
  const [called = ""] = name.split(" ", 1);
  if (POSTGRES_NAME.test(called)) return "its name speaks of Postgres";
  // A patch of kustomize's has neither: what it is a patch of is judged.
  return keys.length + sources.length > 0 && DATABASE_NAME.test(called) ? "its name speaks of a database" : undefined;
}

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
    likely: likelyPostgres(keys, sources, `${textAt(target, "name") ?? name ?? ""} ${templatedBy(target)}`),
    isGenerated: isOfGenerators(inner),
    isMerged: textAt(target, "creationPolicy") === "Merge",
    // A workload's `DB_PASSWORD` is MySQL's where a root's for MySQL is beside it.
    mayBeLogin: mayBeLoginOf(keys) && !keys.some((key) => /mysql|maria/i.test(key)),
  };
}

/** Whether keys may be a login's: nobody knows which there are, or one is a password or an address. */
function mayBeLoginOf(keys: readonly string[]): boolean {
  return keys.length === 0 || keys.some((key) => LOGIN_KEY.test(key));
}

function sourcesOf(spec: Node | undefined): string[] {
  const sources = [
    ...itemsOf(at(spec, "data")).flatMap((item) => [textAt(item, "remoteRef", "key"), propertyOf(item)]),
    ...itemsOf(at(spec, "dataFrom")).map((item) => textAt(item, "extract", "key")),
  ];
  return [...new Set(sources.filter((source) => source !== undefined))];
}

/** The name of a value in its store, where that says whose login it is. */
function propertyOf(item: Node): string | undefined {
  const property = textAt(item, "remoteRef", "property");
  return property !== undefined && POSTGRES_NAME.test(property) ? property : undefined;
}

/** Whether a path of Vault's is a login that its database engine makes. */
export function isOfDatabaseEngine(source: string): boolean {
  return DATABASE_ENGINE.test(`${source}/`);
}

/** What a template has beside what it fills in: a driver's name, a host. */
function templatedBy(target: Node | undefined): string {
  const values = entriesOf(at(target, "template", "data")).flatMap(({ value }) => (value.kind === "scalar" ? [value.value] : []));
  return values.join(" ").slice(0, 10_000);
}

/** Whether it speaks of another database than Postgres. */
export function isOfAnother({ name, sources }: Pick<AuthoredSecret, "name" | "sources">): boolean {
  return OTHER_DATABASE.test([name.text, ...sources].join(" "));
}

/** Whether all that it has is made in the cluster: no value comes from a store. */
function isOfGenerators(spec: Node | undefined): boolean {
  const all = [...itemsOf(at(spec, "data")), ...itemsOf(at(spec, "dataFrom"))];
  return all.length > 0 && all.every((item) => at(item, "sourceRef", "generatorRef") !== undefined);
}

function postgresOf(spec: Node | undefined, keys: readonly string[], sources: readonly string[]): string | undefined {
  const template = at(spec, "target", "template");
  if (sources.some(isOfDatabaseEngine)) return "it reads from Vault's database engine";
  // CloudNativePG reads what its backups are written with, too.
  if (mayBeLoginOf(keys) && entriesOf(at(template, "metadata", "labels")).some(({ key }) => key === RELOAD_LABEL))
    return `its label \`${RELOAD_LABEL}\` says that CloudNativePG reads it`;
  const values = entriesOf(at(template, "data")).flatMap(({ key, value }) => (value.kind === "scalar" ? [{ key, text: value.value }] : []));
  if (values.some(({ text }) => ADDRESS.test(text))) return "its template makes an address of Postgres";
  const isLogin = keys.some((key) => LOGIN_KEY.test(key));
  if (isLogin && values.some(({ key, text }) => /host|addr|server/i.test(key) && CLUSTER_HOST.test(text)))
    return "its template names the service of a Cluster";
  if (values.some(({ text }) => text.includes("\n") && HOST_IN_TEXT.test(text) && PASSWORD_IN_TEXT.test(text)))
    return "its template has a file that names the service of a Cluster";
  if (
    isLogin &&
    values.some(({ key, text }) => /type|driver|engine|dialect|client|adapter/i.test(key) && /^(?:postgres(?:ql)?|pg|pgsql)$/i.test(text))
  )
    return "its template says that it is for Postgres";
  return postgresKey(keys);
}
