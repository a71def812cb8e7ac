// Whether a value is a credential. Pure and without state: the audit of files asks it, and so may whoever has a name and a value.
import { findInAddress } from "./addresses";
import { readAssignments, type Assignment } from "./assignments";
import { judgeName } from "./names";
import { matchPatterns } from "./patterns";
import { looksRandom } from "./randomness";
import { BLANK, isPlaceholder, withoutReferences } from "./references";

export interface Credential {
  /** What found it: `pattern-github`, `private-key`, `address`, `jwt`, `password-hash`, `registry-login`, `random` or `name`. */
  rule: string;
  /** What the value is, in words that go after «it is»; never the value. */
  why: string;
}

const PRIVATE_KEY = /-----BEGIN ?(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s|[A-Za-z0-9+/=:,-]){0,200}?[A-Za-z0-9+/]{40}/;
const JWT = /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}/;
const HASH =
  /\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|apr1\$[^$\s]{1,8}\$[./A-Za-z0-9]{22}|[156]\$[^$\s]{1,16}\$[./A-Za-z0-9]{22,}|argon2id?\$)|SCRAM-SHA-256\$\d+:|\{S?SHA\}[A-Za-z0-9+/=]{20,}/;
const REGISTRY = /"auth"\s*:\s*"[A-Za-z0-9+/]{8,}={0,2}"/;
/** `-----BEGIN` in base64 */
const ENCODED_PEM = /^LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]+$/;
/** Names of objects, settings, places and roles: what a token's name may well be followed by. */
const WORDS = /^(?:[A-Za-z]+|[a-z0-9]+(?:[-_./:][a-z0-9]+)*|[A-Za-z]+(?:[-_./: ][A-Za-z]+)*|(?:[A-Z]?[a-z]+){1,5}\d?)$/;
const PLACE = /^(?:~|\.{0,2})?\/[\w./-]*$|^[a-z][a-z0-9+.-]*:\/\/\S+$|^(?:[\w-]+\.)+(?:ya?ml|json|txt|pem|crt|key|env|conf)$/i;

export interface Options {
  /** Whether to ask secretlint's rules; not needed where a larger text that holds the value has none of their patterns. @default true */
  patterns?: boolean;
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
}

/** Each credential under a name. Several only where the value is a text of several settings. */
export function* findCredentials(keyName: string, value: string, options: Options = {}): Generator<Found> {
  if (value.length < 3 || value.length > LONGEST) return;
  const { rest, hasReference, defaults } = withoutReferences(value);
  const text = rest.trim();
  const byShape = findHash(value) ?? findByShape(keyName, text, options);
  if (byShape !== undefined) yield { credential: byShape, start: 0, name: keyName, isWord: false };
  for (const literal of defaults) {
    const found = findByShape(keyName, literal, options) ?? findByName(keyName, literal);
    if (found !== undefined)
      yield { credential: { rule: found.rule, why: `a default: ${found.why}` }, start: 0, name: keyName, isWord: false };
  }
  const byName = byShape !== undefined || hasReference || text.includes(BLANK) ? undefined : findByName(keyName, text);
  if (byName !== undefined) yield { credential: byName, start: 0, name: keyName, isWord: isWord(byName, text) };
  if (byShape !== undefined || byName !== undefined) return;
  for (const assignment of readAssignments(rest)) {
    const found = findAssigned(assignment);
    if (found !== undefined)
      yield { credential: found, start: assignment.start, name: assignment.name, isWord: isWord(found, assignment.value) };
  }
}

/** Characters of a value above which nobody wrote it by hand; it is looked at as part of its file. */
const LONGEST = 1_000_000;

function isWord({ rule }: Credential, value: string): boolean {
  return rule === "name" && /^\p{L}+(?:[ -]\p{L}+)*[.:!?…]*$/u.test(value);
}

function findAssigned({ name, value }: Assignment): Credential | undefined {
  // What is itself called a password is the variable that has it.
  if (value.length < 3 || value.includes(BLANK) || judgeName(value) !== "none") return undefined;
  const found = findByName(name, value);
  return found && { rule: found.rule, why: `in \`${name}\`, ${found.why}` };
}

/** Looked for before references are: a hash is full of dollars. */
function findHash(value: string): Credential | undefined {
  return HASH.test(value) ? { rule: "password-hash", why: "a password's hash, from which it can be guessed" } : undefined;
}

/** A credential by its shape alone, whatever it is called. References have been taken out of the text. */
function findByShape(keyName: string, text: string, { patterns = true }: Options): Credential | undefined {
  if (text.includes("-----BEGIN") && PRIVATE_KEY.test(text)) return { rule: "private-key", why: "a private key" };
  if (ENCODED_PEM.test(text) && PRIVATE_KEY.test(Buffer.from(text, "base64").toString("latin1")))
    return { rule: "private-key", why: "a private key in base64" };
  const address = findInAddress(text);
  if (address !== undefined) return { rule: "address", why: address };
  // Some of its rules want the name, too.
  const [match] = !patterns || text.length < LEAST_PATTERN ? [] : matchPatterns(`${keyName}: ${text}`);
  if (match !== undefined)
    return { rule: `pattern-${match.rule}`, why: `what secretlint's rule ${match.rule} knows as a credential (${match.message})` };
  if (JWT.test(text)) return { rule: "jwt", why: "a signed token (JWT)" };
  if (REGISTRY.test(text) && isRegistryLogin(text)) return { rule: "registry-login", why: "a login for a registry" };
  return undefined;
}

/** No token of a known service is shorter. */
const LEAST_PATTERN = 16;

function isRegistryLogin(text: string): boolean {
  return [...text.matchAll(/"auth"\s*:\s*"([^"]+)"/g)].some(([, auth = ""]) => {
    const [, password = ""] = Buffer.from(auth, "base64").toString("utf8").split(":");
    return password !== "" && !isPlaceholder(password);
  });
}

function findByName(keyName: string, text: string): Credential | undefined {
  const kind = judgeName(keyName);
  if (kind === "none" || isPlaceholder(text) || PLACE.test(text) || text.includes("\n")) return undefined;
  if (looksRandom(text, { isCredential: true })) return { rule: "random", why: "made by chance, and named like a credential" };
  if (kind === "token" && (text.length < 8 || WORDS.test(text) || /\s/.test(text))) return undefined;
  // A sentence about it, a label of a form.
  if (text.split(/\s+/).length > 3) return undefined;
  return { rule: "name", why: "a literal, and named like a credential" };
}
