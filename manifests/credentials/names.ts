/**
 * What a key's name says of its value.
 * - `password`: whatever is there is a credential, `123456` too.
 * - `token`: a credential, unless it reads like the name of an object or of a setting.
 * - `tokens`: one only if it was made by chance: how many there may be, what they are called, patterns of them.
 * - `none`: nothing.
 */
export type NameKind = "password" | "token" | "tokens" | "none";

/** The last word of a name whose value is about a credential: where it is, how long it may be. */
const ABOUT = new Set(
  (
    "name names ref refs reference path paths file files filename dir directory mount mounts url uri urls uris endpoint endpoints host hosts hostname port ports " +
    "ttl expiry expiration expires timeout duration length size count counter limit limits policy policies rule rules enable enabled disable disabled type types kind format encoding " +
    "algorithm algo issuer issuers audience audiences field fields header headers prefix suffix version versions namespace namespaces label labels annotation annotations " +
    "class provider providers store stores backend engine interval period grace cache hint description desc title text message error help placeholder regex regexp pattern " +
    "rotation reset recovery min max required scope scopes scoped claim claims template templates method methods mode env var variable variables property properties selector " +
    "generator generation generate lifetime age days hours minutes seconds id ids index bits cost rounds strength validation validator only review reviews projection projected " +
    "volume volumes mapping map list items create created update updated rotate exists existing use used allowed attributes attr login auth grant flow request requests response column " +
    "page link button dialog form input placeholder strategy location schema complexity history service account user username email group role region profile bucket status state event events log logs metrics"
  ).split(" "),
);

const PASSWORD = /(?:password|passwd|passwrd|passphrase|passwort|kennwort|passcode|pwd|pswd|pass|pw)$/;
/** Words that only end like one: what goes past, programs that keep passwords, sudo's `NOPASSWD`. */
const NO_PASSWORD =
  /^(?:by|com|encom|sur|tres|under|over|low|high|band|all|multi|single|kee|en|last|one|1)pass$|^no(?:password|passwd|pass|pwd)$/;
/** Before `pass`: nginx's directives that name a server, and what passes. */
const PASSES = new Set("fastcgi proxy uwsgi scgi grpc memcached low high band first second no must by com".split(" "));
const TOKEN =
  /^(?:token|secret|apikey|apitoken|authtoken|accesstoken|bearer|jwt|pat|credential|credentials|creds|salt|pepper|cookie|dsn|authkey|accesskey|secretkey|privatekey)$|(?:apikey|secretkey|accesskey|privatekey|authtoken|accesstoken|clientsecret)$/;
const TOKENS = new Set(["tokens", "secrets", "keys"]);
/** Before one: what is done with it, or whether. */
const DONE = new Set(
  "update reset change forgot show hide require requires required ask prompt force allow disable generate rotate verify check validate remember save confirm is has use with without skip need needs".split(
    " ",
  ),
);
/** After a credential's name: which of several it is. */
const WHICH = new Set(
  "a b c d old new current previous primary secondary replica standby backup main dev development test testing stage staging preprod prod production live qa uat local ro rw readonly readwrite blue green".split(
    " ",
  ),
);
/** What makes a `…key` one that opens something. */
export const KEYS: ReadonlySet<string> = new Set(
  "api access private secret encryption encrypt decryption signing sign master license licence auth shared session cookie hmac storage account service deploy admin root app application integration ssh tls ca client server webhook routing instance ingest write read seed crypto fernet rsa aes unseal recovery stream subscription functions host sas cipher jwt token password".split(
    " ",
  ),
);
/** `adminPasswordKey`, `existingSecretTokenKey`: the name of a key in a Secret. */
const KEY_NAMES = new Set(["password", "passwd", "username", "user", "token", "secret"]);

/** What is made of a credential, and does not give it away. */
const DIGESTS = new Set(["checksum", "digest", "fingerprint", "sha", "sha1", "sha256", "sha512", "md5", "thumbprint"]);

const cache = new Map<string, NameKind>();
const CACHED = 20_000;
const LONGEST = 200;

/** Judges a key, an environment variable, a flag or a dotted property by its name alone. */
export function judgeName(name: string): NameKind {
  const known = cache.get(name);
  if (known !== undefined) return known;
  if (cache.size >= CACHED) cache.clear();
  // Nobody calls anything by more; what matters is at the end.
  const kind = judge(wordsOf(name.length > LONGEST ? name.slice(-LONGEST) : name));
  cache.set(name, kind);
  return kind;
}

function judge(words: readonly string[]): NameKind {
  if (words.some((word) => DIGESTS.has(word))) return "none";
  const last = words.at(-1);
  const before = words.at(-2) ?? "";
  if (last === undefined) return "none";
  if (words.length > 1 && (/^\d+$/.test(last) || WHICH.has(last))) return judge(words.slice(0, -1));
  if (PASSWORD.test(last) && !NO_PASSWORD.test(last))
    return words.includes("existing") || (last === "pass" && PASSES.has(before))
      ? "none"
      : words.length > 1 && DONE.has(words[0]!)
        ? "token"
        : "password";
  if (ABOUT.has(last)) return "none";
  if (last === "key" || last === "keys") {
    const isKeyName = KEY_NAMES.has(before) && !(before === "secret" && !words.includes("existing"));
    const isOne = KEYS.has(before) && !isKeyName && !words.includes("public") && !words.includes("existing");
    return !isOne ? "none" : last === "keys" ? "tokens" : "token";
  }
  if (TOKENS.has(last)) return words.includes("existing") || words.includes("public") ? "none" : "tokens";
  if (last === "value" && words.length > 1) return judge(words.slice(0, -1));
  // Rails: SECRET_KEY_BASE
  if (last === "base" && (before === "key" || before === "secret")) return "token";
  if (last === "base64" || last === "b64" || last === "data") return words.length > 1 ? judge(words.slice(0, -1)) : "none";
  if (!TOKEN.test(last)) return "none";
  // `passwordSecret`, `tlsSecret`, `existingSecret`, `imagePullSecret`: the name of one
  const isObject =
    /^(?:secret|credentials)$/.test(last) &&
    /^(?:existing|password|tls|pull|certificate|cert|ca|image|external|k8s|kubernetes|superuser|registry|config|from)$/.test(before);
  return isObject || words.includes("existing") || words.includes("public") ? "none" : "token";
}

/** `clientSecretValue`, `CLIENT_SECRET_VALUE` and `client-secret.value` are the same three words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
