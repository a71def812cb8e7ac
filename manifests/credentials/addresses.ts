import { BLANK, isPlaceholder } from "../references";
import { Lines } from "./assignments";
import { looksRandom } from "./randomness";

/** `postgres://user:password@host`, of whatever scheme; references have been blanked before. */
const ADDRESS = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}:\/\/([^\s:/?#@"'<>|]{0,200}):([^\s"'<>/]{1,300}?)@[\w.[${\u{E000}-]/giu;
/** `host=db password=hunter2`, `Server=db;Pwd=hunter2;`, `jdbc:postgresql://db/app?password=hunter2` */
const PARAMETER =
  /(?:^|[\s;?&,"'])(?:password|passwd|pwd|accountkey|sharedaccesskey|sslpassword)\s{0,20}=\s{0,20}("[^"\n]*"|'[^'\n]*'|[^\s;&,"']+)/gi;
/** `https://host/path?token=hunter2`: what lets in who has the address. */
const QUERY =
  /[a-z][a-z0-9+.-]{1,30}:\/\/[^\s"'<>?]{1,300}\?(?:[^\s"'<>]{0,500}?&)?(?:access_?token|auth_?token|private_?token|token|api_?key|app_?key|apikey|secret|client_?secret|auth|sig|signature)=([^\s"'<>&#\\,;)]{6,500})/gi;
/** That the text is a list of parameters, not a sentence. */
const LIST =
  /(?:^|[\s;?&,"'])(?:host|hostaddr|server|data source|dbname|database|initial catalog|user|username|uid|user id|port|accountname|endpoint|sslmode|endpointsuffix|sharedaccesskeyname)\s{0,20}=|\bjdbc:|:\/\/[^\s?]{1,200}\?/i;
/** Hosts that documentation uses (RFC 2606) are no place to log in. */
const DOCUMENTED = /@(?:[\w-]+\.)*example\.(?:com|org|net)\b/i;
const WORD_FOR_PASSWORD = /^(?:my|your|some|the)?[-_]?(?:pass|password|passwd|pw|pwd|secret)$/i;
const WORD_FOR_USER = /^(?:my|your|some|the)?[-_]?(?:user|username|login|name|account)$/i;

/** A password or a token in an address. */
export interface InAddress {
  /** In words. */
  what: string;
  /** Where in the text it begins. */
  start: number;
  /** The password or token alone. */
  secret: string;
  /** Whether it is called a token. */
  isToken: boolean;
}

/** Addresses with a password or a token in them, and connection strings with one. */
export function* findAddresses(text: string): Generator<InAddress> {
  if (text.includes("://")) {
    const lines = new Lines(text);
    for (const { 0: whole, 1: user = "", 2: password = "", index } of text.matchAll(ADDRESS)) {
      if (!isLiteral(password) || isPort(user, password)) continue;
      const isWord = WORD_FOR_PASSWORD.test(password);
      const isDocumented = isWord && DOCUMENTED.test(text.slice(index, index + whole.length + 80));
      if (isDocumented || (isWord && (user === "" || WORD_FOR_USER.test(user)))) continue;
      // A comment has samples, unless nobody would have thought of the password.
      if (lines.isComment(index) && !looksRandom(password, { isCredential: true })) continue;
      yield { what: "an address with a password in it", start: index, secret: password, isToken: false };
    }
    if (text.includes("?"))
      for (const { 1: token = "", index } of text.matchAll(QUERY))
        if (isLiteral(token) && !lines.isComment(index) && isTokenOfQuery(token))
          yield { what: "an address with a token in its query", start: index, secret: token, isToken: true };
  }
  if (!text.includes("=")) return;
  const lines = new Lines(text);
  let known = -1;
  let isList = false;
  for (const { 1: value = "", index, 0: whole } of text.matchAll(PARAMETER)) {
    const start = index + whole.search(/\w/);
    const line = lines.at(start);
    if (line.start !== known) {
      known = line.start;
      isList = !lines.isComment(start) && LIST.test(text.slice(line.start, line.end));
    }
    const secret = value.replace(/^\\?["']|\\?["']$/g, "");
    if (isList && isLiteral(secret)) yield { what: "a connection string with a password in it", start, secret, isToken: false };
  }
}

/** Whether what stands in a query is more than a word, a number or a name. */
function isTokenOfQuery(token: string): boolean {
  return looksRandom(token, { isCredential: true }) || (/\d/.test(token) && /[A-Za-z]/.test(token) && !/[-_.:/]/.test(token));
}

/** `http://host.test:80+&@…`: what is before the colon is the host. */
function isPort(user: string, password: string): boolean {
  return user.includes(".") && /^\d{1,5}(?![\w])/.test(password);
}

function isLiteral(password: string): boolean {
  return (
    // A region, a zone, a number of a device: no password is as short.
    password.length >= 3 &&
    !/^(?:-|\\+)$/.test(password) &&
    !password.includes(BLANK) &&
    !isPlaceholder(password) &&
    !/^[{$%<*]|^\\\(/.test(password)
  );
}
