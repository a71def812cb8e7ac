import { looksRandom } from "./randomness";

/**
 * How surely what stands under the name of a credential is one.
 * - `strong`: no name of an object or a setting: made by chance, letters and digits, signs.
 * - `known`: what programs come with: `admin`, `minioadmin`.
 * - `word`: one word.
 * - `name`: words, as names of objects, keys and roles have them: `app-db-password`, `dbPassword`.
 */
export type Strength = "strong" | "known" | "word" | "name";

/** Passwords that programs come with. */
const WELL_KNOWN = new Set(
  "admin administrator minioadmin minio minio123 password passw0rd secret root guest test postgres mysql redis mongo letmein qwerty prom-operator grafana harbor12345 supersecret hunter2".split(
    " ",
  ),
);

/** A part of a name: a word, a number, or what has both: `k8s`, `s390x`, `1pw`, `v2`. */
const PART = /^(?:[A-Za-z]+\d{0,3}|v?\d{1,4}|\d{1,3}[A-Za-z]{1,8}|[A-Za-z]{1,4}\d{1,4}[A-Za-z]{0,2})$/;
const SEPARATORS = /[-_./: ]/;
/** No object, key or setting has one of them in its name. */
const SIGNS = /[!@#$%^&*+=?~|\\,;'"()[\]{}<>]/;

export function strengthOf(text: string): Strength {
  const value = text.trim();
  if (WELL_KNOWN.has(value.toLowerCase())) return "known";
  if (looksRandom(value, { isCredential: true }) || SIGNS.test(value)) return "strong";
  if (SEPARATORS.test(value)) return value.split(SEPARATORS).every((part) => PART.test(part)) ? "name" : "strong";
  if (/^\p{L}+$/u.test(value)) {
    const turns = value.match(/[a-z](?=[A-Z])/g)?.length ?? 0;
    if (turns === 0) return "word";
    // Capitals where no word begins
    return turns >= 2 && turns >= value.length / 4 ? "strong" : "name";
  }
  return /^\p{L}+\d$/u.test(value) ? "word" : "strong";
}

/** Words of who has no value yet. */
const HINTS = new Set(
  (
    "your yours change changed changeme changeit changethis replace replaced replaceme replacewith example examples sample placeholder dummy fake mock insert todo tbd fixme here " +
    "override overridden somevalue something redacted masked generated placehold supply provide xxx xxxx xxxxx xxxxxx fill filled goes putyour insertyour enteryour foobar lorem " +
    "censored stub stubbed never missing anonymous insecure unknown nothing dummyvalue redacted sanitized removed omitted obfuscated notreal notasecret"
  ).split(" "),
);
const HINT =
  /your[-_ ]|(?:change|replace|insert|update|put|enter|set)[-_ ]?(?:me|this|it|your|with|in|before)(?![a-z])|place[-_ ]?holder|not[-_ ]?(?:a[-_ ]?)?(?:real|secret)|^some[-_ ]?[a-z]{4,}|<[^>]*>|\.\.\.|…|^(?:0?123456789?0?|#[0-9a-f]{3,8})$/i;
/** Words that stand for any word, and names of what kind of credential would stand there. */
const STAND_IN =
  /^(?:(?:foo|bar|baz|qux|quux)+\d{0,3}|snake[-_ ]?oil|(?:(?:api|access|secret|private|encryption|signing)[-_ ]?){1,2}key)$/i;
/** Samples of documentation, for one-time passwords. */
const SAMPLES = new Set(["JBSWY3DPEHPK3PXP"]);

/** Whether a value reads like a placeholder, though it has not the form of one. */
export function readsLikePlaceholder(value: string): boolean {
  if (value.length > 200) return false;
  if (SAMPLES.has(value.trim()) || HINT.test(value) || STAND_IN.test(value.trim())) return true;
  return value
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((word) => HINTS.has(word));
}
