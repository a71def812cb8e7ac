import { BLANK, isPlaceholder } from "../references";

/** `postgres://user:password@host`, of whatever scheme; references have been blanked before. */
const ADDRESS = /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#@"'<>|]{0,200}:([^\s"'<>/]{1,300}?)@[\w.[${\u{E000}-]/giu;
/** `host=db password=hunter2`, `Server=db;Pwd=hunter2;`, `jdbc:postgresql://db/app?password=hunter2` */
const PARAMETER = /(?:^|[\s;?&,"'])(?:password|passwd|pwd|accountkey|sharedaccesskey|sslpassword)\s*=\s*("[^"]*"|'[^']*'|[^\s;&,"']+)/gi;
/** That the text is a list of parameters, not a sentence. */
const LIST =
  /(?:^|[\s;?&,"'])(?:host|hostaddr|server|data source|dbname|database|initial catalog|user|username|uid|user id|port|accountname|endpoint|sslmode|endpointsuffix|sharedaccesskeyname)\s*=/i;
/** Hosts that documentation uses (RFC 2606) are no place to log in. */
const DOCUMENTED = /@(?:[\w-]+\.)*example\.(?:com|org|net)\b/i;

/** Addresses with a password in them, and connection strings with one: what it is, in words, and where in the text it begins. */
export function* findAddresses(text: string): Generator<{ what: string; start: number }> {
  if (text.includes("://"))
    for (const { 0: whole, 1: password = "", index } of text.matchAll(ADDRESS)) {
      const isSample = DOCUMENTED.test(text.slice(index, index + whole.length + 80)) && /^(?:pass|password|pw|secret)$/i.test(password);
      if (isLiteral(password) && !isSample) yield { what: "an address with a password in it", start: index };
    }
  if (!text.includes("=")) return;
  for (const { 1: value = "", index, 0: whole } of text.matchAll(PARAMETER)) {
    const start = index + whole.search(/\w/);
    const line = text.slice(text.lastIndexOf("\n", start) + 1, start + whole.length + 200).split("\n")[0]!;
    if ((LIST.test(line) || /\bjdbc:/i.test(line)) && isLiteral(value.replace(/^["']|["']$/g, "")))
      yield { what: "a connection string with a password in it", start };
  }
}

function isLiteral(password: string): boolean {
  return password !== "" && !password.includes(BLANK) && !isPlaceholder(password) && !/^[{$%<*]|^\\\(/.test(password);
}
