import type { Problem } from "../config/problem";
import { persistent, type Answer, type Ask } from "../kube/http";
import { isObject } from "../vault/bootstrap/vaultApi";
import type { VaultFindings } from "../vault/session";

/** What a stack is about to set up in Vault, as far as Vault is asked for it beforehand. */
export interface VaultQuestions {
  /** kv engines, by their paths. */
  readonly mounts: readonly string[];
  readonly authMount: string;
  readonly policies: readonly string[];
  readonly roles: readonly string[];
  /** Where fixtures go: one of the engines. */
  readonly fixtureMount: string;
  /** Paths of those that are written. */
  readonly fixtures: readonly string[];
}

/** With less of its life left, a token would expire during the `up`. */
const SHORTEST_SECONDS = 60;
const PATH = "VAULT_TOKEN";
const CEREMONY = "docs/runbooks/vault-ceremony.md";
const ANOTHER = `have another one made (\`npm run vault:init\`, ${CEREMONY})`;

/**
 * Asks Vault, before anything is changed, whether the token is one that a stack may be set up with, and what is there already. Vault keeps rights to read and to write in one rule of a
 * policy, and tells nobody without another right what a token may do: what may not be read is what may not be written.
 * @param ask With the token.
 */
export async function askVault(ask: Ask, address: string, questions: VaultQuestions): Promise<VaultFindings | { problems: Problem[] }> {
  const read = reader(ask);
  try {
    const problem = checkServing(address, await read("sys/seal-status")) ?? checkToken(address, await read("auth/token/lookup-self"));
    if (problem) return { problems: [problem] };
    return await lookAround(read, questions);
  } catch (error) {
    return { problems: [unreachable(address, error)] };
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

async function lookAround(read: Read, questions: VaultQuestions): Promise<VaultFindings | { problems: Problem[] }> {
  const { mounts, authMount, policies, roles, fixtureMount, fixtures } = questions;
  const denied: string[] = [];
  const problems: Problem[] = [];
  const look = async (path: string): Promise<Record<string, unknown> | undefined> => {
    const { status, body } = await read(path);
    if (status === 403) denied.push(path);
    if (status >= 500) problems.push({ path: PATH, message: `Vault answers ${status} to a question for \`${path}\``, remedy: "try again" });
    return status === 200 && isObject(body) ? (isObject(body.data) ? body.data : body) : undefined;
  };
  const engines = await Promise.all(mounts.map(async (mount) => ({ mount, found: await look(`sys/mounts/${mount}`) })));
  const auth = await look(`sys/auth/${authMount}`);
  for (const { mount, found } of engines)
    if (found && !isKv2(found))
      problems.push({
        path: `vault.${mount === fixtureMount ? "mount" : "mirror.mount"}`,
        message: `Vault has an engine at \`${mount}\` that is not kv, version 2`,
        remedy: "move it by hand (`vault secrets move`), or configure another path",
      });
  if (auth && auth.type !== "kubernetes")
    problems.push({
      path: "vault.kubernetesAuth.mount",
      message: `Vault has an authentication method at \`${authMount}\` that is not for Kubernetes`,
      remedy: "move it by hand (`vault auth move`), or configure another path",
    });
  const present = engines.flatMap(({ mount, found }) => (found ? [mount] : []));
  await Promise.all([
    ...policies.map((name) => look(`sys/policies/acl/${name}`)),
    ...present.map((mount) => look(`${mount}/config`)),
    ...(auth ? [look(`auth/${authMount}/config`), ...roles.map((name) => look(`auth/${authMount}/role/${name}`))] : []),
    ...(present.includes(fixtureMount) ? fixtures.map((path) => look(`${fixtureMount}/metadata/${path}`)) : []),
  ]);
  if (denied.length > 0)
    problems.push({
      path: PATH,
      message: `may not go to ${denied
        .sort()
        .map((path) => `\`${path}\``)
        .join(", ")}`,
      remedy: "use one with the policy that `npm run vault:init -- --show policy` prints for the names of this stack",
    });
  return problems.length > 0 ? { problems } : { mounts: present, auth: auth !== undefined };
}

function isKv2({ type, options }: Record<string, unknown>): boolean {
  return type === "kv" && isObject(options) && options.version === "2";
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
      : "open a way to it, a port-forward for one, and name that; where nothing in Vault is to be changed, leave VAULT_TOKEN unset",
  };
}
