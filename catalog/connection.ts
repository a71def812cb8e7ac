import type { OptionalKeys, Template } from "./templates";
import type { TlsConfig } from "../config/schema";

/** Everything that a key of a Secret can be made of. */
export interface Connection {
  user: string;
  password: string;
  database: string;
  host: string;
  port: number;
  hostReadOnly: string;
  hostPooler?: string;
  /** Certificates of the authorities that the server is proven by, PEM. */
  ca: string;
  tls: TlsConfig & { mode: string };
}

const ENCODINGS = {
  // RFC 3986: everything but the unreserved characters, of which encodeURIComponent leaves four too many.
  url: (value: string) => encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
  // libpq, "The Password File": colon and backslash are escaped.
  pgpass: (value: string) => value.replace(/[\\:]/g, (char) => `\\${char}`),
  // ADO.NET, DbConnectionStringBuilder: what is within quotes is taken as it is, a quote twice.
  npgsql: (value: string) => `"${value.replaceAll('"', '""')}"`,
};

/**
 * How the connection is protected, as clients are told that take libpq's words otherwise. Each of
 * them is to prove the server where libpq would.
 */
function dialects({ mode, ca }: Connection["tls"]): Record<string, string> {
  const query = (parameters: Readonly<Record<string, string | undefined>>) =>
    Object.entries(parameters)
      .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${ENCODINGS.url(value)}`]))
      .join("&");
  return {
    parameters: query({ sslmode: mode, sslrootcert: ca }),
    // node-postgres takes `require` and `prefer` for `verify-full`, by the system's authorities, unless it is to read them as libpq does (pg-connection-string 2.8).
    nodeParameters: query({ sslmode: mode, sslrootcert: ca, uselibpqcompat: "true" }),
    // Prisma's engine knows no `verify-full`, takes it for `prefer`, and proves nothing unless told to.
    prismaParameters: query({
      sslmode: mode === "prefer" ? "prefer" : "require",
      sslaccept: ca === undefined ? "accept_invalid_certs" : "strict",
      sslcert: ca,
    }),
    // SQLAlchemy hands the query to asyncpg as arguments, which has none called `sslmode`. It reads the authority's path from PGSSLROOTCERT.
    asyncpgParameters: query({ ssl: mode }),
    npgsqlParameters: [
      `SSL Mode=${NPGSQL_MODES[mode]}`,
      // Before version 8, `Require` is refused unless one of both is said.
      ...(ca === undefined ? ["Trust Server Certificate=true"] : [`Root Certificate=${ENCODINGS.npgsql(ca)}`]),
    ].join(";"),
  };
}

const NPGSQL_MODES: Readonly<Record<string, string>> = {
  prefer: "Prefer",
  require: "Require",
  "verify-ca": "VerifyCA",
  "verify-full": "VerifyFull",
};

/**
 * The decoded data of a Secret: the template's keys, and those of the chosen optional groups that have a value.
 *
 * @throws Error when a template names a value or an encoding that does not exist
 */
export function renderKeys(template: Template, optional: readonly OptionalKeys[], connection: Connection): Record<string, string> {
  const values: Record<string, string | undefined> = {
    user: connection.user,
    password: connection.password,
    database: connection.database,
    host: connection.host,
    port: String(connection.port),
    hostReadOnly: connection.hostReadOnly,
    hostPooler: connection.hostPooler,
    ca: connection.ca,
    sslmode: connection.tls.mode,
    sslrootcert: connection.tls.ca,
    ...dialects(connection.tls),
    tlsEnabled: String(connection.tls.mode !== "prefer"),
    tlsVerifyHost: String(connection.tls.mode === "verify-full"),
    tlsTakesAnyHost: String(connection.tls.mode !== "verify-full"),
  };
  const keys: Record<string, string> = { ...template.keys };
  for (const group of optional) Object.assign(keys, template.optional[group]);
  const data: Record<string, string> = {};
  for (const [key, pattern] of Object.entries(keys)) {
    const text = expand(key, pattern, values);
    if (text !== undefined) data[key] = text;
  }
  return data;
}

/** `undefined` when the pattern needs a value that this connection does not have. */
function expand(key: string, pattern: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
  let complete = true;
  const text = pattern.replace(/\{(\w+)(?:\|(\w+))?\}/g, (placeholder, name: string, encoding?: string) => {
    if (!Object.hasOwn(values, name) || (encoding !== undefined && !Object.hasOwn(ENCODINGS, encoding)))
      throw new Error(`template key ${key}: ${placeholder} names no value or encoding`);
    const value = values[name];
    complete &&= value !== undefined;
    return encoding === undefined ? (value ?? "") : ENCODINGS[encoding as keyof typeof ENCODINGS](value ?? "");
  });
  return complete ? text : undefined;
}
