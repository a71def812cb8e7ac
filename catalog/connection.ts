import type { TlsConfig } from "../config/schema";
import { CA_KEY } from "./authorities";
import { ENCODINGS, fillIn, type Value } from "./placeholders";
import type { OptionalKeys, Template } from "./templates";

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

/**
 * How the connection is protected, as clients are told that take libpq's words otherwise. Each of
 * them is to prove the server where libpq would.
 */
function dialects({ mode, ca }: Connection["tls"]): Record<Extract<Value, `${string}arameters`>, string> {
  const query = (parameters: Readonly<Record<string, string | undefined>>) =>
    Object.entries(parameters)
      .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${ENCODINGS.url.encode(value)}`]))
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
      ...(ca === undefined ? ["Trust Server Certificate=true"] : [`Root Certificate=${ENCODINGS.npgsql.encode(ca)}`]),
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
  const values: Record<Value, string | undefined> = {
    user: connection.user,
    password: connection.password,
    database: connection.database,
    host: connection.host,
    port: String(connection.port),
    hostReadOnly: connection.hostReadOnly,
    hostPooler: connection.hostPooler,
    ca: connection.ca,
    caFile: connection.tls.ca === undefined ? undefined : CA_KEY,
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
    const text = fillIn(key, pattern, values);
    if (text !== undefined) data[key] = text;
  }
  return data;
}
