import { visible } from "./visible";

/** What no shell reads anything into, in whatever place of a line it stands. */
const AS_IT_IS = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/**
 * A line that a shell reads as these words, each of them one, whatever its text is. Every command
 * that this program prints is made here.
 */
export function commandLine(...words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/**
 * A word of a shell's line. One with something in it that is not seen (a line break, a terminal's
 * sequence) has that written out: the command is about nothing then, and does not become another.
 */
export function quote(word: string): string {
  const seen = visible(word);
  return AS_IT_IS.test(seen) ? seen : `'${seen.replaceAll("'", "'\\''")}'`;
}

/**
 * What a line ends with that is the moment at which it is run. The name is this program's own.
 */
export const withNow = (line: string, name: string): string => `${line} ${name}="$(date +%s)"`;

/**
 * The `up` that writes again what is not as Pulumi wrote it, for texts that do not know whether the stack has a Vault: a refresh of what is in that takes a token,
 * and what databases need is not there.
 */
export const REWRITE = "`pulumi up --refresh` (with `--exclude '**$vault:**'` where Pulumi sets Vault up: it takes no token then)";
