import { BLANK, isPlaceholder } from "./references";

/** `postgres://user:password@host`, of whatever scheme; references have been blanked before. */
const ADDRESS = /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#@"'<>|]{0,200}:([^\s"'<>/]{1,300}?)@[\w.[${\u{E000}-]/giu;
/** `host=db password=hunter2`, `Server=db;Pwd=hunter2;`, `jdbc:postgresql://db/app?password=hunter2` */
const PARAMETER = /(?:^|[\s;?&,"'])(?:password|passwd|pwd|accountkey|sharedaccesskey|sslpassword)\s*=\s*("[^"]*"|'[^']*'|[^\s;&,"']+)/gi;
/** That the text is a list of parameters, not a sentence. */
const LIST =
  /(?:^|[\s;?&,"'])(?:host|hostaddr|server|data source|dbname|database|initial catalog|user|username|uid|user id|port|accountname|endpoint|sslmode|endpointsuffix|sharedaccesskeyname)\s*=/i;
/** Hosts that documentation uses (RFC 2606) are no place to log in. */
const DOCUMENTED = /@(?:[\w-]+\.)*example\.(?:com|org|net)\b/i;

/**
 * Whether a text has an address with a password in it, or a connection string with one.
 *
 * @returns what it is, in words
 */
export function findInAddress(text: string): string | undefined {
  if (text.includes("://"))
    for (const match of text.matchAll(ADDRESS)) {
      const rest = text.slice(match.index, match.index + match[0].length + 80);
      if (isLiteral(match[1]!) && !(DOCUMENTED.test(rest) && /^(?:pass|password|pw|secret)$/i.test(match[1]!)))
        return "an address with a password in it";
    }
  if (text.includes("=") && (LIST.test(text) || /^jdbc:/i.test(text)))
    for (const [, value = ""] of text.matchAll(PARAMETER))
      if (isLiteral(value.replace(/^["']|["']$/g, ""))) return "a connection string with a password in it";
  return undefined;
}

function isLiteral(password: string): boolean {
  return password !== "" && !password.includes(BLANK) && !isPlaceholder(password) && !/^[{$%<*]|^\\\(/.test(password);
}
