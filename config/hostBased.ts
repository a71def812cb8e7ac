import { isIP } from "node:net";
import { isPlain } from "./visible";

/** A line of pg_hba.conf, as far as this program lets one be written. */
export interface HostBasedLine {
  readonly type: string;
  readonly databases: readonly string[];
  readonly users: readonly string[];
  /** Absent on a line for the socket. */
  readonly address?: string;
  readonly method: string;
  /** `name=value` each. */
  readonly options: readonly string[];
}

interface Word {
  readonly text: string;
  /** Without its quotes it may mean something: `all`, `+role`. */
  readonly isQuoted: boolean;
}

const TYPES = ["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"];
/** What lets somebody in by something that is proven, over a connection that nobody reads. */
const METHODS = ["scram-sha-256", "cert", "ldap", "reject"];
/** Words for more databases than are named. */
const MANY_DATABASES = ["all", "sameuser", "samerole", "samegroup", "replication"];
/** Let in by lines of CloudNativePG's own, and by `cluster.superuserAccess`. */
const OPERATORS = /^(?:postgres|streaming_replica|cnpg_.*)$/;

/** The superuser's, where it may log in over the network at all. */
export const SUPERUSER_LINE = "hostssl all postgres all scram-sha-256";

/** Refuses whom no line before it names. Without it the operator's own last line lets in everybody who has a password. */
export const LAST_LINE = "host all all all reject";

/** The line that lets a service's logins into its database. */
export function serviceLine(database: string, logins: readonly string[], tls: string | undefined): string {
  return `${tls === "prefer" ? "host" : "hostssl"} ${database} ${logins.join(",")} all scram-sha-256`;
}

/** What keeps services' logins to their own databases, in a Cluster that others have logins in, too: whom the lines do not name, those that follow decide of. */
export function loginsAlone(
  services: readonly { readonly database: string; readonly logins: readonly string[]; readonly tls?: string }[],
): string[] {
  if (services.length === 0) return [];
  return [
    ...services.map(({ database, logins, tls }) => serviceLine(database, logins, tls)),
    `host all ${services.flatMap(({ logins }) => logins).join(",")} all reject`,
  ];
}

/**
 * The lines that let somebody in whom they do not name, among all that follow CloudNativePG's own.
 *
 * @param hasSuperuser whether the superuser may log in over the network
 */
export function openLines(
  lines: readonly string[],
  hasSuperuser: boolean,
): { readonly index: number; readonly problems: readonly string[] }[] {
  return lines.flatMap((line, index) => {
    if (line === SUPERUSER_LINE && hasSuperuser) return [];
    // A line does not say why it lets connections in that are not encrypted; where it comes from was said.
    const parsed = parseHostBased(line, true);
    return "problems" in parsed ? [{ index, problems: parsed.problems }] : [];
  });
}

/**
 * Reads a line as Postgres does (hba.c), or says why it is not to be one.
 *
 * @param withoutTls whether it is said why connections that are not encrypted are let in
 */
export function parseHostBased(line: string, withoutTls = false): HostBasedLine | { readonly problems: string[] } {
  if (!isPlain(line)) return { problems: ["has a character in it that is not seen, such as the end of a line"] };
  const fields = fieldsOf(line);
  if (typeof fields === "string") return { problems: [fields] };
  const [type = "", databases = [], users = [], ...rest] = fields.map((words, index) => (index === 0 ? words[0]!.text : words)) as [
    string?,
    Word[]?,
    Word[]?,
    ...Word[][],
  ];
  if (!TYPES.includes(type)) return { problems: ["does not begin with a pg_hba.conf connection type"] };
  const address = type === "local" ? undefined : rest.shift()?.[0]?.text;
  // Postgres reads a mask after an address without its length, and after no other word.
  if (address !== undefined && isIP(address) !== 0) {
    const mask = rest.shift()?.[0]?.text ?? "";
    if (isIP(mask) === 0)
      return { problems: [`has the address \`${address}\` without a mask: write \`${address}/32\`, or the mask behind it`] };
  }
  const method = rest.shift()?.[0]?.text;
  if (method === undefined)
    return { problems: [`has too few fields: \`${type === "local" ? "local database user" : `${type} database user address`} method\``] };
  const texts = (words: readonly Word[]) => words.map(({ text }) => text);
  const problems = [...problemsOf(type, databases, users, method, texts(rest.flat()), withoutTls)];
  if (line.includes("#")) problems.push("has a `#`, from which on Postgres takes it for a comment");
  if (problems.length > 0) return { problems };
  return {
    type,
    databases: texts(databases),
    users: texts(users),
    ...(address === undefined ? {} : { address }),
    method,
    options: texts(rest.flat()),
  };
}

function* problemsOf(
  type: string,
  databases: readonly Word[],
  users: readonly Word[],
  method: string,
  options: readonly string[],
  withoutTls: boolean,
): Generator<string> {
  if (!METHODS.includes(method)) yield `has the method \`${method}\`: it is one of ${METHODS.map((one) => `\`${one}\``).join(", ")}`;
  if (options.some((option) => /^ldapbindpasswd=/.test(option))) yield "has a password in it (`ldapbindpasswd`)";
  if (options.some((option) => !/^\w+=./.test(option))) yield "has an option that is not `name=value`";
  // Postgres hands the password itself on to that server.
  if (method === "ldap" && !isEncryptedLdap(options))
    yield "hands passwords to the LDAP server without encryption: set `ldaptls=1`, or `ldapscheme=ldaps`";
  // What keeps somebody out may name everybody.
  if (method === "reject") return;
  if (type !== "hostssl" && !(withoutTls && type === "host"))
    yield type === "host" || type === "hostnossl"
      ? "lets connections in that are not encrypted: `hostssl`, or `{ line: …, withoutTls: <why> }` around a line with `host`"
      : `is of the type \`${type}\`: \`hostssl\` lets others in`;
  for (const { text, isQuoted } of databases) {
    // Postgres takes a name that begins with a slash for a pattern, in quotation marks too.
    if (/^[@/]/.test(text)) yield `names databases by \`${text}\`: name each`;
    else if (!isQuoted && MANY_DATABASES.includes(text)) yield `is for \`${text}\` of the databases: name each`;
  }
  for (const { text, isQuoted } of users) {
    if (/^[@/]/.test(text) || (!isQuoted && text.startsWith("+")))
      yield `lets in whoever \`${text}\` comes to mean: name each login, as a member of a role may be anybody's`;
    else if (!isQuoted && text === "all") yield "lets everybody in: name each login";
    else if (OPERATORS.test(text)) yield `lets \`${text}\` in, which is CloudNativePG's to do (\`cluster.superuserAccess\` for postgres)`;
  }
}

/** Postgres goes by the last one of each option. */
function isEncryptedLdap(options: readonly string[]): boolean {
  const last = (name: string) => options.findLast((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const scheme = /^(\w+):/.exec(last("ldapurl") ?? "")?.[1] ?? last("ldapscheme");
  return scheme === "ldaps" || last("ldaptls") === "1";
}

/**
 * Fields, and in each the words between its commas; or what is wrong. Postgres ends a field at a
 * blank, whatever follows, and takes a quotation mark within a word for a part of that word
 * (next_token in hba.c). A line that looks like another one to people is refused.
 */
function fieldsOf(line: string): Word[][] | string {
  const fields: Word[][] = [];
  let rest = line.trim();
  let continues = false;
  while (rest !== "") {
    const match = /^(?:"((?:[^"]|"")*)"|([^\s,"]+))(,?)(\s*)/.exec(rest);
    if (match === null) return rest.startsWith(",") ? BEFORE_COMMA : UNENDED;
    const [whole, quoted, bare, comma, blanks] = match;
    rest = rest.slice(whole.length);
    if (comma === "" && blanks === "" && rest !== "") return WITHIN;
    const word = { text: (quoted ?? bare)!.replaceAll('""', '"'), isQuoted: quoted !== undefined };
    if (continues) fields.at(-1)!.push(word);
    else fields.push([word]);
    continues = comma !== "";
  }
  if (continues) return "ends with a comma";
  return line.trim().endsWith("\\") ? "ends with a backslash: Postgres reads the next line as a part of it" : fields;
}

const UNENDED = "has a quote that does not end";
const WITHIN = "has a quotation mark within a word: put it around the whole of it";
const BEFORE_COMMA =
  "has a comma with a blank or another comma before it: Postgres ends the field there, and reads another line than people do";
