import type { ServiceConfig } from "../config/schema";
import { CA_KEY } from "./authorities";

/**
 * What keys an application's Secret has, as data. A value is text with placeholders: `{password}` is the value as it is,
 * `{password|url}` percent-encoded for a URI, `{password|pgpass}` escaped for a pgpass file, `{password|npgsql}` quoted for .NET. The values are:
 *
 * `user`, `password`, `database`, `host` (the primary), `port`, `hostReadOnly`, `hostPooler`, `sslmode`, `sslrootcert` (a path), `ca` (the certificates to be there, PEM),
 * `parameters` (sslmode and, where the stack says so, sslrootcert, as the query of a URI), `nodeParameters`, `prismaParameters`, `asyncpgParameters` and
 * `npgsqlParameters` (the same as those clients take it), `tlsEnabled`, `tlsVerifyHost` and `tlsTakesAnyHost` (`true` or `false`).
 * A key whose value the stack does not have (`sslrootcert` without a CA, `hostPooler` without a pooler) is left out.
 */
export interface Template {
  readonly type: "kubernetes.io/basic-auth" | "Opaque";
  readonly keys: Readonly<Record<string, string>>;
  /** Keys that a stack can add for a service. */
  readonly optional: Readonly<Partial<Record<OptionalKeys, Readonly<Record<string, string>>>>>;
}

/** `node`, `prisma`, `asyncpg` and `npgsql` are for clients that take `uri` otherwise than libpq does, or not at all. */
export type OptionalKeys = NonNullable<ServiceConfig["keys"]>[number];

const uri = (host: string, parameters = "parameters", scheme = "postgresql") =>
  `${scheme}://{user|url}:{password|url}@{${host}}:{port}/{database|url}?{${parameters}}`;
const npgsql = (host: string) =>
  `Host={${host}};Port={port};Database={database|npgsql};Username={user|npgsql};Password={password|npgsql};{npgsqlParameters}`;

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
      uri: uri("host"),
      "jdbc-uri": "jdbc:postgresql://{host}:{port}/{database|url}?user={user|url}&password={password|url}&{parameters}",
      [CA_KEY]: "{ca}",
      pgpass: "{host|pgpass}:{port}:{database|pgpass}:{user|pgpass}:{password|pgpass}\n",
    },
    optional: {
      tls: { sslmode: "{sslmode}", sslrootcert: "{sslrootcert}" },
      readOnly: { "host-ro": "{hostReadOnly}", "uri-ro": uri("hostReadOnly") },
      pooler: { "host-pooler": "{hostPooler}", "uri-pooler": uri("hostPooler") },
      node: { "uri-node": uri("host", "nodeParameters"), "uri-node-pooler": uri("hostPooler", "nodeParameters") },
      // Behind PgBouncer in transaction mode, it must not prepare statements under names.
      prisma: {
        "uri-prisma": uri("host", "prismaParameters"),
        "uri-prisma-pooler": `${uri("hostPooler", "prismaParameters")}&pgbouncer=true`,
      },
      asyncpg: { "uri-asyncpg": uri("host", "asyncpgParameters", "postgresql+asyncpg") },
      npgsql: { npgsql: npgsql("host"), "npgsql-pooler": npgsql("hostPooler") },
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
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates_;
export const templates: Readonly<Record<TemplateName, Template>> = templates_;

/** The keys that a Secret of a template has whatever the stack sets. */
export function certainKeys(template: Template): string[] {
  return Object.entries(template.keys).flatMap(([key, pattern]) => (pattern.includes("{sslrootcert}") ? [] : [key]));
}

/** The keys that a Secret of a template may have, with the authority that the server is proven by. */
export function possibleKeys(template: Template, optional: readonly OptionalKeys[]): string[] {
  return [
    ...new Set([...Object.keys(template.keys), ...optional.flatMap((group) => Object.keys(template.optional[group] ?? {})), "ca.crt"]),
  ];
}

/** Under which key of its Secret an application finds what a login takes. */
export interface CredentialKeys {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  /** All of it, where the template has that. */
  readonly uri?: string;
}

/** The keys of a template that hold a value each, as it is. */
export function credentialKeys({ keys }: Template): CredentialKeys {
  const keyOf = (pattern: string) => Object.keys(keys).find((key) => keys[key] === pattern);
  const named = (value: string) => {
    const key = keyOf(`{${value}}`);
    if (key === undefined) throw new Error(`a template has no key with the ${value} alone`);
    return key;
  };
  const whole = keyOf(uri("host"));
  return {
    user: named("user"),
    password: named("password"),
    host: named("host"),
    port: named("port"),
    database: named("database"),
    ...(whole === undefined ? {} : { uri: whole }),
  };
}
