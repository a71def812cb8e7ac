import { FixableError } from "../config/fixableError";
import type { Problem } from "../config/problem";
import { persistent, type Answer, type Ask } from "../kube/http";
import { accessSteps, type Rights } from "../vault/bootstrap/configure";
import { isObject, vaultApi, VaultError } from "../vault/bootstrap/vaultApi";

/** What a stack is about to set up in Vault, as far as Vault is asked for it beforehand. */
export interface VaultQuestions {
  /** What the ceremony has given others. */
  readonly rights: Rights;
  readonly fixtureMount: string;
  /** Paths below it that are written. */
  readonly fixtures: readonly string[];
}

/** With less of its life left, a token would expire during the `up`. */
const SHORTEST_SECONDS = 60;
const PATH = "VAULT_TOKEN";
const CEREMONY = "docs/runbooks/vault-ceremony.md";
const RECOVERY = "docs/runbooks/vault-recovery.md#a-bootstrap-token";
const ANOTHER = `have another one made (\`npm run vault:init\`, ${CEREMONY})`;

/**
 * Asks Vault, before anything is changed, whether the token is one that a stack's fixtures may be written with, and whether engines, policies and roles are those that the stack
 * wants. The ceremony's policy lets a token read the metadata of each path that it may write: what may not be read is what may not be written.
 * @param ask With the token.
 */
export async function askVault(ask: Ask, address: string, questions: VaultQuestions): Promise<Problem[]> {
  const read = reader(ask);
  try {
    const problem = checkServing(address, await read("sys/seal-status")) ?? checkToken(address, await read("auth/token/lookup-self"));
    if (problem) return [problem];
    return await lookAround(persistent(ask), read, questions);
  } catch (error) {
    return [unreachable(address, error)];
  }
}

type Read = (path: string) => Promise<Answer>;

function reader(ask: Ask): Read {
  const patiently = persistent(ask);
  return (path) => patiently("GET", `/v1/${path}`);
}

function checkServing(address: string, { status, body }: Answer): Problem | undefined {
  const path = "vault.configuration.address";
  if (status !== 200 || !isObject(body))
    return { path, message: `${address} answers, and not as a Vault does (status ${status})`, remedy: "name Vault's own address" };
  if (body.initialized !== true)
    return { path, message: `the Vault at ${address} is not initialised`, remedy: `hold its ceremony: ${CEREMONY}` };
  if (body.sealed !== false)
    return {
      path,
      message: `the Vault at ${address} is sealed`,
      remedy: "see what its log says of its seal, whose key service unseals it; somebody may have sealed it in an emergency",
    };
  return undefined;
}

function checkToken(address: string, { status, body }: Answer): Problem | undefined {
  if (status === 403)
    return {
      path: PATH,
      message: `the Vault at ${address} does not accept it: it has expired, was revoked, is another Vault's, or may not even look itself up`,
      remedy: ANOTHER,
    };
  const info = isObject(body) && isObject(body.data) ? body.data : undefined;
  if (status !== 200 || info === undefined)
    return { path: PATH, message: `the Vault at ${address} answers ${status} to the question whose it is`, remedy: "try again" };
  if (Array.isArray(info.policies) && info.policies.includes("root"))
    return {
      path: PATH,
      message: "is a root token, which may do everything and does not expire",
      remedy: `revoke it (\`vault token revoke -self\`), and use one that may do what this takes: ${CEREMONY}`,
    };
  // 0 is for ever.
  const seconds = Number(info.ttl);
  if (seconds > 0 && seconds < SHORTEST_SECONDS) return { path: PATH, message: `expires in ${seconds} s`, remedy: ANOTHER };
  return undefined;
}

async function lookAround(ask: Ask, read: Read, { rights, fixtureMount, fixtures }: VaultQuestions): Promise<Problem[]> {
  const missing: string[] = [];
  const denied: string[] = [];
  const problems: Problem[] = [];
  // The ceremony's own steps, which look before they write, with hands that do not.
  const vault = { ...vaultApi(ask), write: () => Promise.resolve({}) };
  const nothing = () => undefined;
  const hands = {
    vault,
    changed: (what: string) => void missing.push(what.replace(/^\w+ /, "")),
    waiting: nothing,
    sleep: () => Promise.resolve(),
  };
  for (const step of accessSteps(hands, rights))
    try {
      await step();
    } catch (error) {
      if (error instanceof VaultError && error.status === 403) denied.push(error.question.replace(/^GET /, ""));
      else if (error instanceof VaultError) problems.push({ path: PATH, message: error.message, remedy: "try again" });
      else if (error instanceof FixableError) problems.push({ path: "vault", message: error.what, remedy: error.remedy ?? ANOTHER });
      else throw error;
    }
  for (const path of fixtures) {
    const { status } = await read(`${fixtureMount}/metadata/${path}`);
    if (status === 403) denied.push(`${fixtureMount}/metadata/${path}`);
    if (status >= 500) problems.push({ path: PATH, message: `Vault answers ${status} to a question for \`${path}\``, remedy: "try again" });
  }
  if (missing.length > 0)
    problems.push({
      path: "vault",
      message: `is not as the ceremony leaves it for this stack: ${missing.join("; ")}`,
      remedy: `hold the part of the ceremony that needs a root token: \`npm run vault:init -- --refresh-token\` (${RECOVERY})`,
    });
  if (denied.length > 0)
    problems.push({
      path: PATH,
      message: `may not go to ${[...new Set(denied)]
        .sort()
        .map((path) => `\`${path}\``)
        .join(", ")}`,
      remedy: "use one with the policy that `npm run vault:init -- --show policy` prints for this stack",
    });
  return problems;
}

function unreachable(address: string, error: unknown): Problem {
  const { code, message } = error as { code?: string; message?: string };
  const reason = code ?? message ?? "no reason given";
  const tls = /CERT|SELF_SIGNED|ISSUER|SIGNATURE|ALTNAME|SSL|TLS/.test(reason);
  return {
    path: "vault.configuration.address",
    message: `the Vault at ${address} cannot be asked (${reason})`,
    remedy: tls
      ? "set `vault.configuration.ca` to the authority that has signed its certificate, and `vault.configuration.tlsServerName` to the name in it where that is not the address"
      : "open a way to it, a port-forward for one, and name that; where nothing in Vault changes, leave VAULT_TOKEN unset",
  };
}
