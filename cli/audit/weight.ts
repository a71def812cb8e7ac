import { BOASTS, type Found } from "../../manifests/credentials/credentials";
import { judgeName } from "../../manifests/credentials/names";
import { readsLikePlaceholder, strengthOf } from "../../manifests/credentials/strength";
import type { Literal } from "../../manifests/objects/types";
import type { Level } from "./finding";

/** All that a weight depends on. */
export interface Evidence {
  readonly found: Found;
  readonly region: Literal["region"];
  /** Whether an object of Kubernetes has it. */
  readonly isManifest: boolean;
  /** Whether it is the default of a chart that has templates of its own. */
  readonly isDefault: boolean;
  /** Whether its file is YAML: JSON has forms and translations, too. */
  readonly isYaml: boolean;
  /** Whether it stands behind a comment's mark. */
  readonly isComment: boolean;
}

/**
 * How much a literal weighs. An error has strong evidence: a shape that nothing else has, or a name
 * that promises a password and a value that is not a name itself, where a program reads it. A
 * warning is likely. A note may as well be the name of something, or wait for the real value.
 */
export function weigh(evidence: Evidence): Level {
  const { found, isComment } = evidence;
  const { credential, secret } = found;
  if (isComment || readsLikePlaceholder(secret) || repeats(found)) return "note";
  switch (credential.rule) {
    case "name":
      if (judgeName(found.name) === "password") return ofPassword(evidence);
      // An option that only some versions of a command have
      if (credential.why.startsWith("what `")) return strengthOf(secret) === "name" ? "note" : "warning";
      return ofToken(evidence);
    case "random":
      return ofRandom(evidence);
    case "jwt":
      return isPublic(secret) ? "note" : "error";
    case "address-token":
      return "warning";
    default:
      return isIdentifier(credential.why) ? "warning" : "error";
  }
}

/** `secretPassword: password`: beside `secretUser`, the keys of a Secret. */
const KEY_IN_SECRET = /^secret(?:Db|Admin|Root|User)?Pass(?:word)?$/i;

/** Which of a region's strengths weigh what, for a value that is called a password. */
function ofPassword({ found, region, isManifest, isDefault, isYaml }: Evidence): Level {
  const strength = strengthOf(found.secret);
  if (region !== "secret" && region !== "environment" && KEY_IN_SECRET.test(found.name) && strength !== "strong") return "note";
  switch (region) {
    case "secret":
      return "error";
    case "environment":
      return strength === "name" && isObjectName(found.secret) && (!isManifest || NAMES_SECRET.test(found.secret)) ? "warning" : "error";
    case "config-map":
      // A word in a line of a file is a program's setting; in a sentence or in braces it may be
      // anything.
      if (strength === "name" || (strength === "word" && found.value === undefined)) return "warning";
      return "error";
    case "values":
      if (strength === "strong") return "error";
      if (strength === "known") return isDefault ? "warning" : "error";
      return strength === "name" && isObjectName(found.secret) ? "note" : "warning";
    case "elsewhere":
      if (strength === "strong") return isManifest ? "error" : "warning";
      if (strength === "word" && !isYaml) return "note";
      return strength === "name" && isObjectName(found.secret) ? "note" : "warning";
  }
}

/** The same for what is called a token, a secret or a key: there names of objects stand, too. */
function ofToken({ found, region }: Evidence): Level {
  const { secret } = found;
  const strength = strengthOf(secret);
  if (region === "secret") return strength === "strong" ? "error" : "warning";
  // `secretKey: password` names the key that has it.
  if (region !== "environment" && KEY_OF_SECRET.test(secret)) return "note";
  if (strength === "strong" || strength === "known" || BOASTS.test(secret)) return "warning";
  // A Secret called like what reads it: `OPERATOR_SECRET: operator`.
  if (wordsOf(found.name).includes(secret.toLowerCase())) return "note";
  if (region === "environment" && /^[A-Z][A-Z0-9_]*$/.test(found.name))
    return strength === "word" || !isObjectName(secret) || isLongWinded(secret) ? "warning" : "note";
  return SAYS_SO.test(secret) && strength === "word" ? "warning" : "note";
}

/** Whether a default only repeats the name of its variable: `${MAIL_PASSWORD:-mail_password}`. */
function repeats({ isDefaultOf, secret }: Found): boolean {
  if (isDefaultOf === undefined) return false;
  const words = secret.toLowerCase().split(/[-_. ]/);
  return words.length > 1 && words.every((word) => wordsOf(isDefaultOf).includes(word));
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** More words, or a longer number, than names of objects have. */
function isLongWinded(text: string): boolean {
  return text.split("-").length >= 6 || /-\d{3,}$/.test(text);
}

/** A value made by chance may be an identifier, under names that identifiers have, too. */
function ofRandom({ found, region, isManifest }: Evidence): Level {
  if (judgeName(found.name) === "password" || region === "secret") return "error";
  if (!UUID.test(found.secret.trim())) return judgeName(found.name) === "tokens" ? "warning" : "error";
  return OF_OBJECT.test(found.name) ? "note" : isManifest && region === "environment" ? "error" : "warning";
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Names under which the identifier of a secret in a store stands. */
const OF_OBJECT = /(?:^|[-_.])(?:secret|secrets|credentials?|creds?|keys?)$/i;
/** Usual names of keys in Secrets. */
const KEY_OF_SECRET = /^(?:[a-z]*password|passwd|pass|token|secret|(?:secret|access|api)key)$/i;
/** A secret that somebody called so. */
const SAYS_SO = /secret|token|key|passw/i;
const NAMES_SECRET = /^[a-z0-9]+(?:-[a-z0-9]+)*-(?:password|passwd|token|secret|secrets|credentials|creds|key)$/;

/** Whether Kubernetes takes it for an object's name: small letters, and hyphens between words. */
function isObjectName(text: string): boolean {
  return /^[a-z0-9]+(?:[-.][a-z0-9]+)+$/.test(text);
}

/** Half of a pair, of which the other half is the secret. */
function isIdentifier(why: string): boolean {
  return /AWSAccessKeyID/.test(why);
}

/** A key that every browser gets: its claims give it the role of who has not logged in. */
function isPublic(token: string): boolean {
  const [, claims = ""] = token.split(".");
  return /"role"\s*:\s*"anon"/.test(Buffer.from(claims, "base64url").toString("utf8"));
}
