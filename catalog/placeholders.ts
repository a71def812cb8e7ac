import { similar } from "../config/similar";

/** Names that a text of a Secret can have in it, between braces: `{password}`, `{password|url}`. */
export const VALUES = [
  "user",
  "password",
  "database",
  "host",
  "port",
  "hostReadOnly",
  "hostPooler",
  "ca",
  "caFile",
  "sslmode",
  "sslrootcert",
  "parameters",
  "nodeParameters",
  "prismaParameters",
  "asyncpgParameters",
  "npgsqlParameters",
  "tlsEnabled",
  "tlsVerifyHost",
  "tlsTakesAnyHost",
] as const;
export type Value = (typeof VALUES)[number];

/** How a value is written within a longer text, and read out of it again. */
interface Encoding {
  readonly encode: (value: string) => string;
  readonly decode: (text: string) => string;
  /** Everything that `encode` can make. */
  readonly form: string;
}

export const ENCODINGS = {
  // RFC 3986: everything but the unreserved characters, of which encodeURIComponent leaves four too
  // many.
  url: {
    encode: (value) => encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    decode: decodeURIComponent,
    form: "[\\w.~%-]*",
  },
  // libpq, "The Password File": colon and backslash are escaped.
  pgpass: {
    encode: (value) => value.replace(/[\\:]/g, (char) => `\\${char}`),
    decode: (text) => text.replace(/\\([^])/g, "$1"),
    form: "(?:\\\\[^]|[^\\\\:])*",
  },
  // ADO.NET, DbConnectionStringBuilder: what is within quotes is taken as it is, a quote twice.
  npgsql: {
    encode: (value) => `"${value.replaceAll('"', '""')}"`,
    decode: (text) => text.slice(1, -1).replaceAll('""', '"'),
    form: '"(?:[^"]|"")*"',
  },
  // libpq, "Keyword/Value Connection Strings": a backslash before a quote and before itself.
  dsn: {
    encode: (value) => `'${value.replace(/[\\']/g, (char) => `\\${char}`)}'`,
    decode: (text) => text.slice(1, -1).replace(/\\([^])/g, "$1"),
    form: "'(?:\\\\[^]|[^\\\\'])*'",
  },
  // The inside of a JSON string, without its quotes.
  json: {
    encode: (value) => JSON.stringify(value).slice(1, -1),
    decode: (text) => JSON.parse(`"${text}"`) as string,
    form: '(?:\\\\[^]|[^"\\\\])*',
  },
} as const satisfies Record<string, Encoding>;
export type EncodingName = keyof typeof ENCODINGS;

const uri = (host: string, parameters = "parameters", scheme = "postgresql") =>
  `${scheme}://{user|url}:{password|url}@{${host}}:{port}/{database|url}?{${parameters}}`;
const npgsql = (host: string) =>
  `Host={${host}};Port={port};Database={database|npgsql};Username={user|npgsql};Password={password|npgsql};{npgsqlParameters}`;

/** Texts that are whole, each under the name that stands for it between braces: `{uri}`. */
export const WHOLE = {
  uri: uri("host"),
  uriReadOnly: uri("hostReadOnly"),
  uriPooler: uri("hostPooler"),
  uriNode: uri("host", "nodeParameters"),
  uriNodePooler: uri("hostPooler", "nodeParameters"),
  uriPrisma: uri("host", "prismaParameters"),
  // Behind PgBouncer in transaction mode, it must not prepare statements under names.
  uriPrismaPooler: `${uri("hostPooler", "prismaParameters")}&pgbouncer=true`,
  uriAsyncpg: uri("host", "asyncpgParameters", "postgresql+asyncpg"),
  jdbcUri: "jdbc:postgresql://{host}:{port}/{database|url}?user={user|url}&password={password|url}&{parameters}",
  jdbcUrl: "jdbc:postgresql://{host}:{port}/{database|url}?{parameters}",
  npgsql: npgsql("host"),
  npgsqlPooler: npgsql("hostPooler"),
  pgpass: "{host|pgpass}:{port}:{database|pgpass}:{user|pgpass}:{password|pgpass}\n",
} as const satisfies Record<string, string>;

/** Another name of a value. */
const ALIASES: Readonly<Record<string, Value>> = { username: "user" };

const PLACEHOLDER = /\{(\w+)(?:\|(\w+))?\}/g;

/** A placeholder of a text, with where in the text it is. */
export interface Placeholder {
  readonly value: Value;
  readonly encoding?: EncodingName;
  readonly at: number;
  readonly text: string;
}

const isValue = (name: string): name is Value => (VALUES as readonly string[]).includes(name);
const isEncoding = (name: string): name is EncodingName => Object.hasOwn(ENCODINGS, name);

/** The placeholders of a text that has none but known ones. */
export function placeholdersOf(text: string): Placeholder[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(({ 0: whole, 1: value = "", 2: encoding, index }) =>
    isValue(value) && (encoding === undefined || isEncoding(encoding))
      ? [{ value, ...(encoding === undefined ? {} : { encoding }), at: index, text: whole }]
      : [],
  );
}

/** Whether one of the texts needs a value. */
export function needs(texts: Iterable<string>, value: Value): boolean {
  return [...texts].some((text) => placeholdersOf(text).some((one) => one.value === value));
}

/** A text with what stands for a whole one written out, and each value by its first name. */
export function writtenOut(text: string): string {
  return text.replace(PLACEHOLDER, (_, name: string, encoding?: string) => {
    if (encoding === undefined && Object.hasOwn(WHOLE, name)) return WHOLE[name as keyof typeof WHOLE];
    const value = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
    return `{${value}${encoding === undefined ? "" : `|${encoding}`}}`;
  });
}

/** A problem of a placeholder, and its remedy. */
export interface Unknown {
  readonly message: string;
  readonly remedy: string;
}

/** The placeholders of a text that name nothing, before it is written out. */
export function unknownIn(text: string): Unknown[] {
  const names = [...VALUES, ...Object.keys(WHOLE), ...Object.keys(ALIASES)];
  const found: Unknown[] = [];
  for (const [placeholder, name = "", encoding] of text.matchAll(PLACEHOLDER)) {
    const known = names.includes(name);
    if (!known) {
      const meant = similar(name, names);
      found.push({
        message: `${placeholder} names no value${meant === undefined ? "" : `; did you mean {${meant}}?`}`,
        remedy: meant === undefined ? "write one of those in docs/templates.md" : `write {${meant}}`,
      });
    } else if (encoding !== undefined && Object.hasOwn(WHOLE, name)) {
      found.push({ message: `${placeholder} encodes what is encoded already`, remedy: `write {${name}}` });
    } else if (encoding !== undefined && !isEncoding(encoding)) {
      const all = Object.keys(ENCODINGS);
      found.push({
        message: `${placeholder} names no encoding`,
        remedy: `write one of ${all.map((one) => `\`${one}\``).join(", ")} behind the \`|\``,
      });
    }
  }
  // A placeholder is meant for another program to fill in, or for this one: never both.
  for (const [, before = "", inner = ""] of text.matchAll(/(\$\{|\{\{)\s*\.?(\w+)(?:\|\w+)?\s*\}/g))
    found.push({
      message: `\`${before}\` before ${inner} is another program's placeholder`,
      remedy: names.includes(inner) ? `write {${inner}}` : "write the text without it",
    });
  for (const [placeholder, one, other] of text.matchAll(/(?<![{$])\{(?:\s+([\w|]+)\s*|([\w|]+)\s+)\}/g))
    found.push({ message: `${placeholder} has spaces in it`, remedy: `write {${one ?? other ?? ""}} without` });
  return found;
}

/**
 * A text filled in; `undefined` when it needs a value that is not there.
 *
 * @throws Error when it names a value or an encoding that does not exist
 */
export function fillIn(key: string, pattern: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
  let complete = true;
  const text = pattern.replace(PLACEHOLDER, (placeholder, name: string, encoding?: string) => {
    if (!Object.hasOwn(values, name) || (encoding !== undefined && !isEncoding(encoding)))
      throw new Error(`template key ${key}: ${placeholder} names no value or encoding`);
    const value = values[name];
    complete &&= value !== undefined;
    return encoding === undefined ? (value ?? "") : ENCODINGS[encoding].encode(value ?? "");
  });
  return complete ? text : undefined;
}

/**
 * The values that a text was filled in with.
 *
 * @returns `undefined` for a text that the pattern did not make
 */
export function readBack(pattern: string, text: string): Partial<Record<Value, string>> | undefined {
  const found = placeholdersOf(pattern);
  let expression = "";
  let end = 0;
  for (const { at, text: whole, value, encoding } of found) {
    expression += `${literally(pattern.slice(end, at))}(${encoding === undefined ? (FORMS[value] ?? "[^]*?") : ENCODINGS[encoding].form})`;
    end = at + whole.length;
  }
  const match = new RegExp(`^${expression}${literally(pattern.slice(end))}$`).exec(text);
  if (match === null) return undefined;
  const values: Partial<Record<Value, string>> = {};
  try {
    found.forEach(({ value, encoding }, index) => {
      values[value] ??= encoding === undefined ? match[index + 1]! : ENCODINGS[encoding].decode(match[index + 1]!);
    });
  } catch {
    return undefined;
  }
  return values;
}

/** The characters of values that are not encoded. */
const FORMS: Readonly<Partial<Record<Value, string>>> = {
  host: "[\\w.-]*",
  hostReadOnly: "[\\w.-]*",
  hostPooler: "[\\w.-]*",
  port: "\\d*",
  user: "\\w*",
  database: "\\w*",
};

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
