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
};

/**
 * The decoded data of a Secret: the template's keys, and those of the chosen optional groups that have a value.
 *
 * @throws Error when a template names a value or an encoding that does not exist
 */
export function renderKeys(template: Template, optional: readonly OptionalKeys[], connection: Connection): Record<string, string> {
  const parameters: Record<string, string> = {
    sslmode: connection.tls.mode,
    ...(connection.tls.ca === undefined ? {} : { sslrootcert: connection.tls.ca }),
  };
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
    parameters: Object.entries(parameters)
      .map(([key, value]) => `${key}=${ENCODINGS.url(value)}`)
      .join("&"),
    tlsEnabled: String(connection.tls.mode !== "prefer"),
    tlsVerifyHost: String(connection.tls.mode === "verify-full"),
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
