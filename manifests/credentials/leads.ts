// What a text has that has a credential: told of a whole file at once, so that most of it is not looked at.
import { KEYS } from "./names";
import { PATTERN_LEADS } from "./patterns";

/** A word in whatever case. Not by a flag: the words beside it know capitals. */
export function anyCase(words: string): string {
  return words.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** Ends of names that promise a credential, wherever they stand: more than `judgeName` takes for one, and never less. */
const NAMES = [
  ...["pass", "pw", "pswd", "kennwort", "token", "secret", "bearer", "jwt", "cred", "salt", "pepper", "cookie", "dsn", "keys"].map(anyCase),
  // Neither `path` nor `PATH`.
  "(?<![a-zA-Z])[pP]at(?![a-z])",
  "(?<=[a-zA-Z0-9])Pat(?![a-z])",
  "PAT(?![A-Z](?:[A-Z]|[^a-zA-Z]|$))",
  // `key` alone is of every list of names and values.
  `(?<=(?:${[...KEYS].map(anyCase).join("|")})[^a-zA-Z0-9\\n]{0,3})${anyCase("key")}`,
];

const ADDRESS = String.raw`[^\s/?#@"'<>|]{0,200}:[^\s"'<>/]{1,300}@`;
/** Shapes, as they stand in a file: with JSON's escapes, too. */
const SHAPES = [
  `://${ADDRESS}`,
  String.raw`:\\/\\/${ADDRESS}`,
  "---BEGIN",
  "LS0tLS1CRUdJTi",
  "eyJ",
  String.raw`[bB]asic\s`,
  String.raw`auth\\?"`,
  ":AA",
  "/webhooks/",
  "/webhookb2/",
  String.raw`\$2[abxy]\$`,
  String.raw`\$apr1`,
  String.raw`\$[156]\$`,
  String.raw`\$argon2`,
  "SCRAM-SHA",
  String.raw`\{SHA\}`,
  String.raw`\{SSHA\}`,
  // Programs whose option for a password does not say so
  "mysql",
  "neo4j/",
  // In an address's query
  "[?&]sig",
  "[?&]auth",
  "mariadb",
  "(?<=redis|valkey)-cli",
  "mongo",
  "curl",
  String.raw`login [^\n]{0,200}-p`,
  "sqlcmd",
  "ldap(?:search|add|modify|whoami|delete)",
  "rabbitmqctl",
  `${anyCase("identified")}\\s`,
  // What may say anything
  String.raw`\\[ux][0-9a-fA-F]`,
  String.raw`\\\n`,
  String.raw`\\\r\n`,
];

/** One of them matches in every text that `findCredentials` finds something in, whatever it is called. */
export const CREDENTIAL_LEADS: readonly string[] = [...NAMES, ...SHAPES, ...Object.values(PATTERN_LEADS).flat()];
