import { withoutReferences } from "../../manifests/references";
import { findCredentials, type Found } from "../../manifests/credentials/credentials";
import { judgeName } from "../../manifests/credentials/names";
import { looksRandom } from "../../manifests/credentials/randomness";
import type { Literal } from "../../manifests/objects/types";
import type { Hit } from "./finding";

/** The credentials in a literal. @param hasPatterns Whether its file has a pattern of secretlint's rules somewhere */
export function* judgeLiteral(literal: Literal, hasPatterns: boolean): Generator<Hit> {
  const { region, name, isEncoded, field, file, lineOf } = literal;
  const value = isEncoded ? decode(literal.value) : literal.value;
  if (value === undefined) return;
  const lines = new Set<number>();
  for (const found of findCredentials(name, value, { patterns: hasPatterns || isEncoded, isSecret: region === "secret" })) {
    const line = lineOf(isEncoded ? 0 : found.start);
    if (lines.has(line) || !isMeant(found, literal)) continue;
    lines.add(line);
    const inside = found.name === name || found.name === "" ? "" : ` (${found.name})`;
    yield { file, line, field: `${field}${inside}`, why: `it is ${found.credential.why}${isEncoded ? ", in base64" : ""}` };
  }
  if (
    region === "secret" &&
    lines.size === 0 &&
    !withoutReferences(value).hasReference &&
    looksRandom(value) &&
    !/^(?:ca|tls)\.crt$/.test(name)
  )
    yield { file, line: lineOf(0), field, why: `it is made by chance, and in a Secret${isEncoded ? ", in base64" : ""}` };
}

/** A word under a name like `password` is a credential where programs read it, and a label or a sample where people do. */
function isMeant({ isWord, name }: Found, { region, isManifest }: Literal): boolean {
  return !isWord || region !== "elsewhere" || (isManifest && judgeName(name) === "password");
}

/** What a Secret's `data` says; the text itself where it is no base64. Nothing for what is no text. */
function decode(value: string): string | undefined {
  const packed = value.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed) || packed.length % 4 !== 0) return value;
  const text = Buffer.from(packed, "base64").toString("utf8");
  return /[\0\uFFFD]/.test(text) ? undefined : text;
}
