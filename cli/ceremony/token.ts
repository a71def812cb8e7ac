import { FixableError } from "../../config/fixableError";

/** Tokens of Vault's, of this kind and of the older one, wherever they are in an argument. */
const TOKEN = /(^|[^A-Za-z0-9])(hv[sbr]|[sbr])\.[A-Za-z0-9_-]{20,}/;
/** More than any token, in case something else is piped in. */
const LONGEST_INPUT = 4096;

/**
 * What is to be said of a token where others can see it; `undefined` where there is none. Nothing
 * of what was given is repeated.
 */
export function tokenInSight(argv: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const known = "take that token for known: revoke it, and have the recovery keys make another (docs/runbooks/vault-recovery.md)";
  if (argv.some((argument) => TOKEN.test(argument))) {
    return `A token was given as an argument, which every process on this machine and the shell's history can read. Nothing was done\nRemedy: ${known}. It comes on standard input`;
  }
  if (env.VAULT_TOKEN) {
    return `VAULT_TOKEN is set: this command takes the root token on standard input, and no other token at all. Nothing was done\nRemedy: unset it. If it is the root token, ${known}`;
  }
  return undefined;
}

/**
 * The token on standard input; `undefined` when nothing is there, or a person is, whose typing
 * would be seen.
 * @throws {FixableError} When it is something else.
 */
export async function readToken(input: NodeJS.ReadStream): Promise<string | undefined> {
  if (input.isTTY) return undefined;
  let text = "";
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > LONGEST_INPUT) break;
  }
  const token = text.trim();
  if (token === "") return undefined;
  if (/^[A-Za-z0-9._-]+$/.test(token) && token.length < LONGEST_INPUT) return token;
  throw new FixableError(
    token.startsWith("-----BEGIN PGP MESSAGE-----")
      ? "The token on standard input is still encrypted"
      : "The text on standard input is not a Vault token",
    "pipe the root token through `gpg --decrypt` by its holder, and nothing else with it",
  );
}
