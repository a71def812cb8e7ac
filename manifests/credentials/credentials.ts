// Whether a value is a credential. Pure and without state: the audit of files asks it, and so may whoever has a name and a value.
import { findAddresses } from "./addresses";
import { readAssignments, type Assignment } from "./assignments";
import { judgeName } from "./names";
import { matchPatterns } from "./patterns";
import { looksRandom } from "./randomness";
import { findInCommands } from "./commands";
import { BLANK, isPlaceholder, isSample, namesAnother, withoutReferences } from "../references";

export interface Credential {
  /** What found it: `pattern-github`, `private-key`, `address`, `jwt`, `password-hash`, `registry-login`, `header`, `random` or `name`. */
  rule: string;
  /** What the value is, in words that go after «it is»; never the value. */
  why: string;
}

const PRIVATE_KEY =
  /-----BEGIN ?(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s|[A-Za-z0-9+/=:,-]){0,200}?[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/]*\.\.\.)/g;
const JWT = /(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}/g;
/** Addresses that let everybody post who has them. */
const WEBHOOK =
  /https:\/\/(?:(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/\d{5,25}\/[\w-]{20,}|[\w.-]{1,60}\.webhook\.office\.com\/webhookb2\/[\w@/-]{40,}|api\.telegram\.org\/bot\d{6,12}:[\w-]{30,})|(?<!\w)\d{8,10}:AA[\w-]{33}(?!\w)/g;
const HEADER = /\bBasic [A-Za-z0-9+/]{8,}={0,2}|\bBearer [\w.~+/-]{16,}=*/g;
/** With one dollar, or with two, as Compose and envsubst want it. */
const HASH =
  /\${1,2}(?:2[abxy]\${1,2}\d\d\${1,2}[./A-Za-z0-9]{53}|apr1\${1,2}[^$\s]{1,8}\${1,2}[./A-Za-z0-9]{22}|[156]\${1,2}[^$\s]{1,16}\${1,2}[./A-Za-z0-9]{22,}|argon2id?\${1,2}(?:[a-z]+=[\d,a-z=]+\${1,2}){1,2}[A-Za-z0-9+/]{8,}\${1,2}[A-Za-z0-9+/]{16,})|SCRAM-SHA-256\$\d+:|\{S?SHA\}[A-Za-z0-9+/=]{20,}/g;
/** `-----BEGIN` in base64 */
const ENCODED_PEM = /^LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]+$/;
const PLACE =
  /^[\w.-]+(?:\/[\w.-]+)+\.\w{1,5}$|^[~^>=<]*v?\d+(?:\.\d+)+[\w.+-]*$|^(?:~|\.{0,2})?\/[\w./-]*$|^\.[\w-]+\/[\w./-]+$|^[a-z][a-z0-9+.-]*:\/\/\S+$|^(?:[\w-]+\.)+(?:ya?ml|json|txt|pem|crt|key|env|conf)$/i;
/** What a rule, a filter or a schema matches with. */
const PATTERN = /\(\?[:=!<]|\\[bBdDsSwW.]|\.[*+](?:$|[^\w])|\[\^?(?:a-z|A-Z|0-9|\\w)|^\^.*\$$|\.#$/;

export interface Options {
  /** Whether to ask secretlint's rules; not needed where a larger text that holds the value has none of their patterns. @default true */
  patterns?: boolean;
  /** Whether the value is one of a Secret's, where nothing stands that only names a credential. @default false */
  isSecret?: boolean;
  /** Whether a program reads it as it is, from its environment: there a name of something else is rarer. @default false */
  isEnvironment?: boolean;
  /** Whether a word under the name of a token counts, which may be a name. @default false */
  isDoubtfulToo?: boolean;
}

/**
 * Whether what stands under a name is a credential: by its shape (a token of a known service, a private key, an address with a password), or because
 * its name promises one and it is neither a reference (`{{ }}`, `${VAR}`, `vault:…`) nor a placeholder (`changeme`). A text of several settings, a
 * configuration file or a command, is one when one of them is.
 *
 * @param keyName the name alone, of a key, an environment variable or a flag: `POSTGRES_PASSWORD`
 * @param value decoded, as a program would read it
 */
export function findCredential(keyName: string, value: string, options: Options = {}): Credential | undefined {
  for (const { credential } of findCredentials(keyName, value, options)) return credential;
  return undefined;
}

/** A credential in a value. */
export interface Found {
  credential: Credential;
  /** Where in the value it begins. */
  start: number;
  /** What the value calls it; the name that was given, where it is all of it. */
  name: string;
  /** Whether only its name makes it one, and it could be a word of a sentence. */
  isWord: boolean;
  /** The word, where it is one of a line that gives it to a name. */
  value?: string;
  /** The variable that it is the default of. */
  isDefaultOf?: string;
  /** The credential without its name, address or text. It is never said. */
  secret: string;
}

/** Each credential under a name. Several only where the value is a text of several settings. */
export function* findCredentials(keyName: string, value: string, options: Options = {}): Generator<Found> {
  if (value.length < LEAST || value.length > LONGEST || isPlainly(keyName, value)) return;
  const { rest, hasReference, defaults } = withoutReferences(value);
  const text = rest.trim();
  let isWhole = false;
  for (const { credential, start, secret } of [...findHashes(value), ...findByShape(keyName, rest, options)]) {
    isWhole = true;
    yield { credential, start, name: keyName, isWord: false, secret };
  }
  // A part of a text, a host's name in an address, is not what its name promises.
  const isAll = defaults.length > 0 && /^["'\s]*$/.test(text.replaceAll(BLANK, ""));
  for (const { name, literal, start } of defaults) {
    const own = [...findByShape(keyName, literal, options)][0]?.credential ?? (isAll ? findByName(keyName, literal, options) : undefined);
    const found = own ?? (judgeName(name) === "password" ? findByName(name, literal) : undefined);
    if (found !== undefined && literal.length >= LEAST)
      yield {
        credential: { rule: found.rule, why: `a default: ${found.why}` },
        start: isAll ? 0 : start,
        name: own === undefined ? name : keyName,
        isWord: false,
        secret: literal,
        isDefaultOf: name === "" ? keyName : name,
      };
  }
  const isText = text.includes("\n");
  const byName = isWhole || isText || hasReference || text.includes(BLANK) ? undefined : findByName(keyName, unquoted(text), options);
  if (byName !== undefined) yield { credential: byName, start: 0, name: keyName, isWord: isWord(byName, text), secret: unquoted(text) };
  if ((isWhole && !isText) || byName !== undefined) return;
  for (const { name, start, secret } of findInCommands(rest)) {
    const credential: Credential = { rule: "name", why: `what \`${name}\` takes for a password` };
    yield { credential, start, name, isWord: false, secret };
  }
  if (TRANSLATIONS.test(keyName)) return;
  for (const assignment of readAssignments(rest)) {
    const found = findAssigned(assignment, options);
    if (found !== undefined)
      yield {
        credential: found,
        start: assignment.start,
        name: assignment.name,
        isWord: isWord(found, assignment.value),
        secret: assignment.value,
        ...(assignment.isLine && judgeName(assignment.name) === "password" && { value: assignment.value }),
      };
  }
}

/** Most of what is in files: a word or a number under a name that promises nothing. Too short for a shape, and without a name of its own. */
function isPlainly(keyName: string, value: string): boolean {
  return value.length < LEAST_PATTERN && !/[=:\s<]/.test(value) && judgeName(keyName) === "none";
}

/** No credential is shorter. */
const LEAST = 3;
/** Characters of a value above which nobody wrote it by hand; it is looked at as part of its file. */
const LONGEST = 1_000_000;

function isWord({ rule }: Credential, value: string): boolean {
  return rule === "name" && /^\p{L}+(?:[ -]\p{L}+)*[.:!?…]*$/u.test(value);
}

/** Files of labels: `messages_en.properties`. */
const TRANSLATIONS = /(?:^|[/_.-])(?:messages|i18n|l10n|locales?|translations?|lang)(?:[_.-][\w-]*)?\.(?:properties|json|ya?ml|po|ts|js)$/i;

/** A text that has its quotes with it, as in a list of `NAME="value"`. */
function unquoted(text: string): string {
  return /^(["'])[^"']+\1$/.test(text) ? text.slice(1, -1) : text;
}

function findAssigned({ name, value, isLine }: Assignment, { isDoubtfulToo = false }: Options): Credential | undefined {
  if (value.length < 3 || value.includes(BLANK)) return undefined;
  // What is itself called a password is the variable that has it, but for a setting that is called so by who was short of ideas; in capitals it is a label.
  const isCalledSo = /^[A-Za-z_.:/-]+$/.test(value) && judgeName(value) !== "none";
  if (isCalledSo && (!isLine || judgeName(name) !== "password" || !/^[a-z]+(?:_pw|_password|_pass)?$/.test(value))) return undefined;
  if (LABEL.test(value)) return undefined;
  const isEnvironment = isDoubtfulToo && isLine && /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(name);
  const found = findByName(name, value, { isDoubtfulToo: isDoubtfulToo && isLine, isEnvironment });
  return found && { rule: found.rule, why: `in \`${name}\`, ${found.why}` };
}

const LABEL = /^(?:New |Old |Your |Confirm )?(?:Password|Passphrase|Passwort|Kennwort|Token|Secret|Mot de passe|Contraseña)[:?!*]?$/;

type Shape = Pick<Found, "credential" | "start" | "secret">;

/** Looked for before references are: a hash is full of dollars. */
function* findHashes(value: string): Generator<Shape> {
  if (!value.includes("$") && !value.includes("{")) return;
  for (const { 0: secret, index } of value.matchAll(HASH))
    yield { credential: { rule: "password-hash", why: "a password's hash, from which it can be guessed" }, start: index, secret };
}

/** Credentials by their shape alone, whatever they are called. References have been taken out of the text. */
function* findByShape(keyName: string, text: string, { patterns = true }: Options): Generator<Shape> {
  const shape = (rule: string, why: string, start: number, secret: string): Shape => ({ credential: { rule, why }, start, secret });
  if (text.includes("-----BEGIN"))
    for (const { 0: key, index } of text.matchAll(PRIVATE_KEY))
      yield shape("private-key", "a private key", index, key.replace(/\\n|\s/g, ""));
  if (ENCODED_PEM.test(text.trim()) && Buffer.from(text, "base64").toString("latin1").search(PRIVATE_KEY) >= 0)
    yield shape("private-key", "a private key in base64", 0, text.trim());
  for (const { what, start, secret, isToken } of findAddresses(text))
    yield shape(isToken ? "address-token" : "address", what, start, secret);
  // Some of its rules want the name, too.
  const named = `${keyName}: `;
  if (patterns && text.length >= LEAST_PATTERN)
    for (const { rule, message, start, end } of matchPatterns(named + text))
      if (!isSample((named + text).slice(start, Math.min(end, start + 300))))
        yield shape(
          `pattern-${rule}`,
          `what secretlint's rule ${rule} knows as a credential (${message})`,
          Math.max(0, start - named.length),
          (named + text).slice(Math.max(start, named.length), end),
        );
  if (text.includes("https://") || text.includes(":AA"))
    for (const { 0: webhook, index } of text.matchAll(WEBHOOK))
      if (!isSample(webhook)) yield shape("webhook", "an address that lets everybody post who has it", index, webhook);
  if (text.includes("Basic ") || text.includes("Bearer "))
    for (const { 0: header, index } of text.matchAll(HEADER))
      if (isLogin(header)) yield shape("header", "a login in a header of HTTP", index, header);
  if (text.includes("eyJ")) for (const { 0: token, index } of text.matchAll(JWT)) yield shape("jwt", "a signed token (JWT)", index, token);
  if (text.includes('"auth"') && isRegistryLogin(text))
    yield shape("registry-login", "a login for a registry", text.indexOf('"auth"'), text);
}

/** No token of a known service is shorter. */
const LEAST_PATTERN = 16;

/** Whether a header's `Basic` has a name and a password, or its `Bearer` something made by chance. */
function isLogin(header: string): boolean {
  const [scheme = "", value = ""] = header.split(/\s+/);
  if (scheme === "Bearer") return looksRandom(value, { isCredential: true });
  return /^[\x20-\x39\x3b-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(value, "base64").toString("latin1"));
}

function isRegistryLogin(text: string): boolean {
  return [...text.matchAll(/"auth"\s*:\s*"([^"]+)"/g)].some(([, auth = ""]) => {
    const [, password = ""] = Buffer.from(auth, "base64").toString("utf8").split(":");
    return password !== "" && !isPlaceholder(password);
  });
}

function findByName(keyName: string, text: string, options: Options = {}): Credential | undefined {
  const kind = judgeName(keyName);
  if (/(?:^|_)NEO4J_AUTH$/.test(keyName)) return findByName("password", /^neo4j\/(.+)$/.exec(text)?.[1] ?? "", options);
  if (kind === "none" || isPlaceholder(text) || PLACE.test(text) || text.includes("\n")) return undefined;
  // Who fills it in repeats what it is called: `jdbc_password: jdbc_password`.
  if (options.isSecret !== true && text.length > 8 && bare(text) === bare(keyName) && /[a-z][A-Z_.-]/.test(keyName)) return undefined;
  if (isPathTo(keyName, text)) return undefined;
  if (namesAnother(text, (name) => judgeName(name) !== "none") || PATTERN.test(text)) return undefined;
  if (looksRandom(text, { isCredential: true })) return { rule: "random", why: "made by chance, and named like a credential" };
  // A setting of a program under a section that is called so; a path whose parts are words.
  if (kind === "tokens" || /^[A-Z][A-Z0-9_]*\s*=/.test(text) || (text.includes("/") && readsLikeName(text))) return undefined;
  const isEnvironment = options.isEnvironment === true && !HAS_NAME.test(keyName);
  if (kind === "token" && !isToken(text, { ...options, isEnvironment }) && !(options.isDoubtfulToo === true && mayBeToken(keyName, text)))
    return undefined;
  if (options.isSecret !== true && LABEL.test(text)) return undefined;
  // A sentence about it, a label of a form.
  if (text.split(/\s+/).length > 3) return undefined;
  return { rule: "name", why: "a literal, and named like a credential" };
}

/** Whether it is a path in a store: it ends with the name, or begins with an identifier. */
function isPathTo(keyName: string, text: string): boolean {
  if (!/[/:]/.test(text) || text.length > 300) return false;
  const last = text.split(/[/:#.]/).at(-1)!;
  return (last.length >= 4 && bare(last) === bare(keyName)) || UUID_WITH_PATH.test(text);
}

const UUID_WITH_PATH = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}[:/].*\//i;

/** A name however its words are set apart. */
function bare(name: string): string {
  return name.replace(/[-_.]/g, "").toLowerCase();
}

/** A part of a name of an object, a setting, a place or a role: a word, a number, or what has both: `k8s`, `s390x`, `1pw`, `i18n`. */
const PART = /^(?:[A-Za-z]+\d{0,3}|v?\d{1,4}|\d{1,3}[A-Za-z]{1,8}|[A-Za-z]{1,4}\d{1,4}[A-Za-z]{0,2})$/;
/** What has a name of its own, or says how one logs in. */
const HAS_NAME = /(?:cookie|bearer|cred\w*|dsn|jwt)$/i;
/** How a program comes by one. */
const WAYS =
  /^(?:vault|kubernetes|session|manual|static|internal|external|memory|database|basic|bearer|oauth2?|oidc|managed|ignore|always|never|file|env|environment)$/i;
/** What programs come with. */
const WELL_KNOWN = new Set([
  "admin",
  "minioadmin",
  "password",
  "passw0rd",
  "secret",
  "root",
  "guest",
  "test",
  "postgres",
  "letmein",
  "qwerty",
]);

/** Whether a word is what programs come with, and says nothing of a password beside. */
export function isGivenByDefault(word: string): boolean {
  return WELL_KNOWN.has(word.toLowerCase()) && !/^(?:password|secret|test)$/i.test(word);
}

/** Whether a value reads like the name of something: words between separators. */
function readsLikeName(text: string): boolean {
  return text.split(/[-_./: ]/).every((part) => PART.test(part));
}

/** Whether what stands under the name of a token is one, and not the name of where it is. */
function isToken(text: string, { isSecret = false, isEnvironment = false }: Options): boolean {
  // Of a header `Set-Cookie`, the cookie's name.
  if (/[\s*]/.test(text) || /^[\w-]+=$/.test(text) || text === ".dockerconfigjson") return false;
  // Nothing else is in a Secret, however short.
  if (isSecret) return true;
  if (BOASTS.test(text)) return true;
  if (/[-_./: ]/.test(text)) return text.length >= 8 && (!readsLikeName(text) || (isEnvironment && isLongWinded(text)));
  if (/^\d+$/.test(text)) return isEnvironment && text.length >= 6;
  if (!/^[A-Za-z]+\d{0,3}$/.test(text)) return text.length >= 6;
  if (isEnvironment && WELL_KNOWN.has(text.toLowerCase())) return true;
  return (
    text.length >= 6 && (/\d{2,3}$/.test(text) || isJumbled(text) || /^minioadmin$/i.test(text) || (isEnvironment && !WAYS.test(text)))
  );
}

/** Names under which an object's name stands as often as a secret. */
const NAMES_OBJECT =
  /(?:^|[^A-Za-z])(?:secrets?|credentials?|creds?|cookie|dsn|bearer|jwt|SECRETS?|CREDENTIALS?|CREDS?|COOKIE|DSN|BEARER|JWT)$|[a-z](?:Secret|Credentials?|Creds?|Cookie|Dsn|Jwt)$/;

/** Whether a word under the name of a token may be one: `token: someword`. */
function mayBeToken(keyName: string, text: string): boolean {
  // No object of Kubernetes' has an underscore in its name.
  if (/^[a-z0-9]+(?:_[a-z0-9]+)+$/.test(text)) return text.length >= 8 && /secret|token|passw|private/.test(text) && text !== bare(keyName);
  // A variable of a key has the key, not the name of its Secret: `WEBUI_SECRET_KEY: app-webui`.
  if (/^[A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*(?:KEY|TOKEN)$/.test(keyName) && /^[a-z]+(?:-[a-z0-9]+)+$/.test(text)) return text.length >= 8;
  return (
    /^[A-Za-z]+\d{0,3}$/.test(text) &&
    text.length >= 6 &&
    !WAYS.test(text) &&
    (!NAMES_OBJECT.test(keyName) || /client_?secret$/i.test(keyName))
  );
}

/** What somebody thinks of who has to think of a secret. */
export const BOASTS =
  /^(?:my[-_]?)?(?:(?:super|top|very|ultra|really)[-_]?)+(?:secret|secure|access|private)[-_]?(?:\w*[-_]?(?:key|token|password|secret|passw0rd))?\d*$/i;

/** More words, or a longer number, than names of Secrets have. */
function isLongWinded(text: string): boolean {
  return text.split(/[-_./: ]/).length >= 6 || /(?:secret|token|key|password)\w*[-_.]\d{3,}$/.test(text);
}

/** Capitals where no word begins, or no vowel. */
function isJumbled(text: string): boolean {
  const letters = text.replace(/\d+$/, "");
  const turns = letters.match(/[a-z](?=[A-Z])/g)?.length ?? 0;
  return (turns >= 2 && turns >= letters.length / 4) || (letters.length >= 6 && !/[aeiouy]/i.test(letters) && !/^[A-Z]+$/.test(letters));
}
