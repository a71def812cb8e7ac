import { withoutReferences } from "../../manifests/references";
import { BOASTS, findCredentials, isGivenByDefault, type Found } from "../../manifests/credentials/credentials";
import { judgeName } from "../../manifests/credentials/names";
import { looksRandom } from "../../manifests/credentials/randomness";
import type { Literal } from "../../manifests/objects/types";
import type { Hit } from "./finding";
import { readsLikePlaceholder, strengthOf } from "../../manifests/credentials/strength";
import { weigh } from "./weight";

/** The credentials in a literal. @param hasPatterns Whether its file has a pattern of secretlint's rules somewhere */
export function* judgeLiteral(literal: Literal, hasPatterns: boolean): Generator<Hit> {
  const { region, name, isEncoded, field, file, lineOf, anchorLine } = literal;
  const value = isEncoded ? decode(literal.value) : literal.value;
  if (value === undefined) return;
  const lines = new Set<number>();
  const isSecret = region === "secret";
  const isEnvironment =
    isSecret ||
    region === "environment" ||
    (region === "config-map" && /^[A-Z][A-Z0-9_]*$/.test(name)) ||
    (region === "values" && /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name));
  const through = anchorLine === undefined ? "" : ` (it stands in line ${anchorLine})`;
  const isDoubtfulToo =
    !literal.isInside && (region === "values" || region === "environment" || region === "config-map" || literal.isManifest);
  for (const found of findCredentials(name, value, { patterns: hasPatterns || isEncoded, isSecret, isEnvironment, isDoubtfulToo })) {
    const line = lineOf(isEncoded ? 0 : found.start);
    if (lines.has(line) || !isMeant(found, literal)) continue;
    lines.add(line);
    const inside = found.name === name || found.name === "" ? "" : ` (${found.name})`;
    const why = `it is ${found.credential.why}${isEncoded ? ", in base64" : ""}${through}`;
    yield {
      file,
      line,
      field: `${field}${inside}`,
      why,
      value: lineAt(value, found.start),
      group: found.secret,
      level:
        OF_EXAMPLE.test(field) ||
        (found.credential.rule === "name" && (OF_EXTERNAL.test(field) || isLabel(field, found.secret))) ||
        isProse(field, found.secret) ||
        (literal.isBesideName && found.credential.rule === "name") ||
        isNameOf(found, literal, value)
          ? "note"
          : weigh({
              found,
              region: isEnvironment && !isSecret ? "environment" : region,
              isManifest: literal.isManifest,
              isDefault: literal.isDefault,
              isYaml: isYaml(file),
              isComment: isComment(value, found.start),
            }),
    };
  }
  if (
    isSecret &&
    !literal.isInside &&
    name !== "" &&
    lines.size === 0 &&
    !withoutReferences(value).hasReference &&
    !IDENTIFIER.test(name) &&
    looksRandom(value) &&
    !/^(?:ca|tls)\.crt$/.test(name)
  )
    yield {
      file,
      line: lineOf(0),
      field,
      why: `it is made by chance, and in a Secret${isEncoded ? ", in base64" : ""}${through}`,
      value,
      group: value,
      ...(readsLikePlaceholder(value) ? { level: "note" } : {}),
    };
}

/** What is no secret, though nobody could guess it. */
const IDENTIFIER = /(?:client|app|application|tenant|project|account|org|organi[sz]ation|installation|zone|subscription)[-_.]?ids?$/i;
/** What a chart is told of an ExternalSecret: the names of keys and paths, more often than what is in them. */
const OF_EXTERNAL = /(?:^|\.)external_?[sS]ecrets?(?:\.|\[)/;
/** What a schema shows. */
const OF_EXAMPLE = /(?:^|[.\s])(?:x-)?examples?(?:\.|\[|$)/;
/** Whether it is a word of an annotation or a label: `example.com/auth.password: password`. */
function isLabel(field: string, secret: string): boolean {
  return /\b(?:annotations|labels)\./.test(field) && strengthOf(secret) !== "strong";
}

/** Whether people read it: the documentation of a field, notes to who installs a chart. */
function isProse(field: string, secret: string): boolean {
  return /(?:^|[.\s\]])(?:docs?|description|summary|help|comments?|notes?|hint|title)(?:$|[.[(\s])/i.test(field) && !looksRandom(secret);
}

/** A Secret's name, where a chart asks for one under the name of what is in it: `elasticSearchPassword: elasticsearch-password`. */
const NAME_OF_SECRET = /^[a-z0-9]+(?:-[a-z0-9]+)*-(?:password|passwd|token|secret|secrets|credentials|creds)$/;

/** Whether a value only names a Secret, or says again where it stands: `proxy: { user: { password: proxy-user-password } }`. */
function isNameOf({ credential: { rule } }: Found, { region, isInside, field }: Literal, value: string): boolean {
  if (rule !== "name" || (region !== "values" && !isInside)) return false;
  if (NAME_OF_SECRET.test(value)) return true;
  const words = wordsOf(value);
  const above = new Set([...wordsOf(field), "pwd", "pw"]);
  return words.length >= 3 && words.every((word) => above.has(word));
}

function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** A word under a name like `password` is a credential where programs read it, and a label or a sample where people do. */
function isMeant({ isWord, name, secret }: Found, { region, isManifest, file, value }: Literal): boolean {
  if (!isWord || region !== "elsewhere") return true;
  if (judgeName(name) !== "password") return isGivenByDefault(secret) || BOASTS.test(secret);
  return isManifest || !OF_FORM.test(value) || (!/\.ya?ml/i.test(file) && isGivenByDefault(value));
}

/** A label, a sentence, or what kind of field it is. */
const OF_FORM =
  /[A-Z\s]|\W$|^(?:same|prompt|ask|manual|inherited|str|string|text|hidden|masked|input|plain|bool|boolean|pass|passwd|password|value|required|optional|field|form)$/;

/** Whether a place is behind a comment's mark. A line alone is not: a password may begin so. */
function isComment(value: string, start: number): boolean {
  if (!value.includes("\n")) return false;
  return isCommented(value.slice(value.lastIndexOf("\n", start - 1) + 1, start + 1));
}

export function isYaml(file: string): boolean {
  return /\.ya?ml(?:\.|$)/i.test(file);
}

/** Whether a line is a comment. */
export function isCommented(line: string): boolean {
  return /^[ \t]*(?:#|;|\/\/|--[ \t]|<!--)/.test(line);
}

/** As much of a value as the credential is in. */
function lineAt(value: string, start: number): string {
  const begin = value.lastIndexOf("\n", start - 1) + 1;
  const end = value.indexOf("\n", start);
  return value.slice(start === 0 ? 0 : begin, end < 0 ? value.length : end).trim();
}

/** What a Secret's `data` says; the text itself where it is no base64. Nothing for what is no text. */
function decode(value: string): string | undefined {
  const packed = value.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed) || packed.length % 4 !== 0) return value;
  const text = Buffer.from(packed, "base64").toString("utf8");
  return /[\0\uFFFD]/.test(text) ? undefined : text;
}
