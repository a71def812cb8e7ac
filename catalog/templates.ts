import type { ServiceConfig, SecretType } from "../config/schema";
import { CA_KEY } from "./authorities";
import { needs, placeholdersOf, readBack, WHOLE, type Value } from "./placeholders";

/**
 * What keys an application's Secret has, as data. A value is text with placeholders: `{password}` is the value as it is,
 * `{password|url}` percent-encoded for a URI. docs/templates.md has the names of all values and
 * encodings. A key whose value the stack does not have (`sslrootcert` without a CA, `hostPooler`
 * without a pooler) is left out.
 */
export interface Template {
  readonly type: SecretType;
  readonly keys: Readonly<Record<string, string>>;
  /** Keys that a stack can add for a service. */
  readonly optional: Readonly<Partial<Record<OptionalKeys, Readonly<Record<string, string>>>>>;
  /** Its name, with which Secrets are marked. Absent of those that are older than the mark. */
  readonly mark?: string;
}

/** `node`, `prisma`, `asyncpg` and `npgsql` are for clients that take `uri` otherwise than libpq does, or not at all. */
export type OptionalKeys = NonNullable<ServiceConfig["keys"]>[number];

/** What `temporal-sql-tool`, of Temporal's admin-tools image, reads: it makes the schema of the store whose Secret it is given. */
const schemaTool = {
  SQL_HOST: "{host}",
  SQL_PORT: "{port}",
  SQL_USER: "{user}",
  SQL_PASSWORD: "{password}",
  SQL_DATABASE: "{database}",
  SQL_TLS: "{tlsEnabled}",
  SQL_TLS_CA_FILE: "{sslrootcert}",
  SQL_TLS_DISABLE_HOST_VERIFICATION: "{tlsTakesAnyHost}",
} as const;

const templates_ = {
  // The keys of the Secret that CloudNativePG makes for its own application user, less those for other host names.
  pg: {
    type: "kubernetes.io/basic-auth",
    keys: {
      username: "{user}",
      user: "{user}",
      password: "{password}",
      host: "{host}",
      port: "{port}",
      dbname: "{database}",
      uri: WHOLE.uri,
      "jdbc-uri": WHOLE.jdbcUri,
      [CA_KEY]: "{ca}",
      pgpass: WHOLE.pgpass,
    },
    optional: {
      tls: { sslmode: "{sslmode}", sslrootcert: "{sslrootcert}" },
      readOnly: { "host-ro": "{hostReadOnly}", "uri-ro": WHOLE.uriReadOnly },
      pooler: { "host-pooler": "{hostPooler}", "uri-pooler": WHOLE.uriPooler },
      node: { "uri-node": WHOLE.uriNode, "uri-node-pooler": WHOLE.uriNodePooler },
      prisma: { "uri-prisma": WHOLE.uriPrisma, "uri-prisma-pooler": WHOLE.uriPrismaPooler },
      asyncpg: { "uri-asyncpg": WHOLE.uriAsyncpg },
      npgsql: { npgsql: WHOLE.npgsql, "npgsql-pooler": WHOLE.npgsqlPooler },
    },
  },
  // The variables that Temporal's server reads for the default store (common/config/config_template_embedded.yaml), and its auto-setup image beside it.
  "temporal-env": {
    type: "Opaque",
    keys: {
      POSTGRES_SEEDS: "{host}",
      DB_PORT: "{port}",
      POSTGRES_USER: "{user}",
      POSTGRES_PWD: "{password}",
      DBNAME: "{database}",
      // For both stores. Temporal does not speak TLS unless told to.
      SQL_TLS_ENABLED: "{tlsEnabled}",
      SQL_HOST_VERIFICATION: "{tlsVerifyHost}",
      // A path: the container mounts `ca.crt` of this Secret there. `envFrom` passes a name with a dot by, or makes a variable of it that nothing reads.
      SQL_CA: "{sslrootcert}",
      // The auto-setup image makes both schemas with this store's login, and databases from within `postgres`: neither is for this login.
      SKIP_DB_CREATE: "true",
      SKIP_SCHEMA_SETUP: "true",
      ...schemaTool,
      [CA_KEY]: "{ca}",
    },
    optional: {},
  },
  // The same for the visibility store. Of TLS, the server knows one setting for both.
  "temporal-visibility-env": {
    type: "Opaque",
    keys: {
      VISIBILITY_POSTGRES_SEEDS: "{host}",
      VISIBILITY_DB_PORT: "{port}",
      VISIBILITY_POSTGRES_USER: "{user}",
      VISIBILITY_POSTGRES_PWD: "{password}",
      VISIBILITY_DBNAME: "{database}",
      ...schemaTool,
      [CA_KEY]: "{ca}",
    },
    optional: {},
  },
  // The Service Binding specification, with the entries that Spring Cloud Bindings and Quarkus read
  // beside those that it knows.
  servicebinding: {
    type: "servicebinding.io/postgresql",
    keys: {
      type: "postgresql",
      provider: "cloudnative-pg",
      host: "{host}",
      port: "{port}",
      database: "{database}",
      username: "{user}",
      password: "{password}",
      uri: WHOLE.uri,
      sslmode: "{sslmode}",
      // Spring Cloud Bindings looks for the file in the directory of the binding, where each key of
      // the Secret is one.
      sslrootcert: "{caFile}",
      [CA_KEY]: "{ca}",
    },
    optional: {},
    mark: "servicebinding",
  },
  // libpq's variables. asyncpg and pgx read them, too; node-postgres all but the authority's.
  "libpq-env": {
    type: "Opaque",
    keys: {
      PGHOST: "{host}",
      PGPORT: "{port}",
      PGDATABASE: "{database}",
      PGUSER: "{user}",
      PGPASSWORD: "{password}",
      PGSSLMODE: "{sslmode}",
      PGSSLROOTCERT: "{sslrootcert}",
      [CA_KEY]: "{ca}",
    },
    optional: {},
    mark: "libpq-env",
  },
  // Rails, Django and whatever else hands a URI to libpq, or reads one as libpq does.
  "rails-env": { type: "Opaque", keys: { DATABASE_URL: WHOLE.uri, [CA_KEY]: "{ca}" }, optional: {}, mark: "rails-env" },
  "node-env": { type: "Opaque", keys: { DATABASE_URL: WHOLE.uriNode, [CA_KEY]: "{ca}" }, optional: {}, mark: "node-env" },
  // Prisma's own engine: clients before version 7, and the migrations of every version.
  "prisma-env": {
    type: "Opaque",
    keys: { DATABASE_URL: WHOLE.uriPrisma, DIRECT_URL: WHOLE.uriPrisma, [CA_KEY]: "{ca}" },
    optional: {},
    mark: "prisma-env",
  },
  // Prisma's client with the adapter for node-postgres, as from version 7, and its engine for
  // migrations.
  "prisma-adapter-env": {
    type: "Opaque",
    keys: { DATABASE_URL: WHOLE.uriNode, DIRECT_URL: WHOLE.uriPrisma, [CA_KEY]: "{ca}" },
    optional: {},
    mark: "prisma-adapter-env",
  },
  // SQLAlchemy has no parameter for the authority: asyncpg reads it from libpq's variable.
  "asyncpg-env": {
    type: "Opaque",
    keys: { DATABASE_URL: WHOLE.uriAsyncpg, PGSSLROOTCERT: "{sslrootcert}", [CA_KEY]: "{ca}" },
    optional: {},
    mark: "asyncpg-env",
  },
  "spring-env": {
    type: "Opaque",
    keys: {
      SPRING_DATASOURCE_URL: WHOLE.jdbcUrl,
      SPRING_DATASOURCE_USERNAME: "{user}",
      SPRING_DATASOURCE_PASSWORD: "{password}",
      [CA_KEY]: "{ca}",
    },
    optional: {},
    mark: "spring-env",
  },
  // What .NET's configuration reads as `ConnectionStrings:DefaultConnection`.
  "npgsql-env": {
    type: "Opaque",
    keys: { ConnectionStrings__DefaultConnection: WHOLE.npgsql, [CA_KEY]: "{ca}" },
    optional: {},
    mark: "npgsql-env",
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates_;
/** The program's own, by their names. */
export const templates: Readonly<Record<TemplateName, Template>> = templates_;

/** The program's own template of a name; `undefined` where it has none. */
export function ownTemplate(name: string): Template | undefined {
  return Object.hasOwn(templates, name) ? templates[name as TemplateName] : undefined;
}

/** Values that a stack may not have. */
const MAY_LACK: readonly Value[] = ["sslrootcert", "caFile", "hostPooler"];

/** The keys that a Secret of a template has whatever the stack sets. */
export function certainKeys(template: Template): string[] {
  return Object.entries(template.keys).flatMap(([key, pattern]) => (MAY_LACK.some((value) => needs([pattern], value)) ? [] : [key]));
}

/** The keys that a Secret of a template may have, with the authority that the server is proven by. */
export function possibleKeys(template: Template, optional: readonly OptionalKeys[]): string[] {
  return [...new Set([...Object.keys(template.keys), ...optional.flatMap((group) => Object.keys(template.optional[group] ?? {})), CA_KEY])];
}

/** The values of a login. */
const LOGIN = ["user", "password", "host", "port", "database"] as const satisfies Value[];
export type LoginValue = (typeof LOGIN)[number];

/**
 * Under which key of its Secret an application finds what a login takes. A template may lack all
 * but the password.
 */
export interface CredentialKeys {
  readonly user?: string;
  readonly password: string;
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
  /** All of it, where the template has that. */
  readonly uri?: string;
  /**
   * The ones of those keys with more in them than one value, with the text that they are made of.
   */
  readonly within?: Readonly<Record<string, string>>;
}

/**
 * The keys of a template that hold a value each, as it is; failing that, the first one that it can
 * be read out of.
 */
export function credentialKeys({ keys }: Pick<Template, "keys">): CredentialKeys {
  const alone = (pattern: string) => Object.keys(keys).find((key) => keys[key] === pattern);
  const found: Partial<Record<LoginValue, string>> = {};
  const within: Record<string, string> = {};
  for (const value of LOGIN) {
    const key = alone(`{${value}}`) ?? Object.keys(keys).find((one) => hasWithin(keys[one]!, value));
    if (key === undefined) continue;
    found[value] = key;
    if (keys[key] !== `{${value}}`) within[key] = keys[key]!;
  }
  const { password } = found;
  if (password === undefined) throw new Error("a template has no key that the password can be read out of");
  const whole = alone(WHOLE.uri);
  return {
    ...found,
    password,
    ...(whole === undefined ? {} : { uri: whole }),
    ...(Object.keys(within).length === 0 ? {} : { within }),
  };
}

/**
 * Whether a value can be read out of a text: a password by its encoding, others by their
 * characters.
 */
function hasWithin(pattern: string, value: LoginValue): boolean {
  return placeholdersOf(pattern).some(
    (one) => one.value === value && (value !== "password" || one.encoding !== undefined || pattern.trim() === one.text),
  );
}

/**
 * A value of a login, out of what its key has; `undefined` where the key, or the value, is not in
 * it.
 *
 * @param read the text under a key
 */
export function loginValue(keys: CredentialKeys, value: LoginValue, read: (key: string) => string | undefined): string | undefined {
  const key = keys[value];
  const text = key === undefined ? undefined : read(key);
  if (key === undefined || text === undefined) return undefined;
  const pattern = keys.within?.[key];
  return pattern === undefined ? text : readBack(pattern, text)?.[value];
}
