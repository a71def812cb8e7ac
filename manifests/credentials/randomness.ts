/** Bits a character below which a text is words, not chance. */
const LEAST_BITS = 3;
const LEAST_LENGTH = 16;

const WELL_KNOWN = [
  // digests, images, revisions
  /\bsha(?:1|224|256|384|512)[:-]/i,
  /^[\w./-]+:[\w.-]+@/,
  // versions, dates, quantities
  /^v?\d+(?:\.\d+)+/,
  /^\d{4}-\d\d-\d\d/,
  // decentralised identifiers
  /^did:[a-z]+:/,
  // addresses, paths, mail, media types, classes and packages of programs
  /^[a-z][a-z0-9+.-]*:\/\//i,
  /^[~.]{0,2}\//,
  /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/,
  /^(?:[a-z][\w-]*\.)+[A-Za-z][\w-]*(?::\d+)?(?:\/.*)?$/,
  /^(?:\d{1,3}\.){3}\d{1,3}/,
  // certificates and public keys, also in base64
  /^-----BEGIN (?:CERTIFICATE|PUBLIC|RSA PUBLIC|PGP PUBLIC)/,
  /^LS0tLS1CRUdJTiBD|^LS0tLS1CRUdJTiBQVUJM/,
  /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+|age1)\s?\S/,
];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whether a text was made by chance: long, without spaces, of letters and digits in no order, and no digest, address, version or name.
 * A UUID was too, and yet is an identifier more often than a credential: `isCredential` says that its name promises one.
 */
export function looksRandom(text: string, { isCredential = false }: { isCredential?: boolean } = {}): boolean {
  const value = text.trim();
  if (value.length < LEAST_LENGTH || value.length > 4096 || /\s/.test(value)) return false;
  if (UUID.test(value)) return isCredential;
  if (WELL_KNOWN.some((pattern) => pattern.test(value))) return false;
  const longest = value.split(/[-_.:/,;@ ]+/).reduce((a, b) => (b.length > a.length ? b : a), "");
  return longest.length >= LEAST_LENGTH - 4 && isMixed(longest) && bitsPerCharacter(value) >= LEAST_BITS;
}

/** Digits among letters, or capitals where no word begins. */
function isMixed(text: string): boolean {
  const digits = text.match(/\d/g)?.length ?? 0;
  const turns = text.match(/[a-z](?=\d)|\d(?=[A-Za-z])|[A-Z](?=[a-z\d])|[a-z](?=[A-Z])/g)?.length ?? 0;
  if (digits >= 2) return turns >= Math.max(2, text.length / 10);
  // Camel case has capitals too, but a word of some letters between them.
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && turns >= text.length / 3;
}

/** Shannon's entropy. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
