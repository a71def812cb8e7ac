import { isObject, VaultError, type VaultApi } from "../../vault/bootstrap/vaultApi";
import type { Rights } from "../../vault/bootstrap/configure";
import { BOOTSTRAP } from "./policy";

/** What Vault has of each kind by itself. */
const VAULTS_OWN = { methods: ["token"], policies: ["root", "default"] };

/**
 * Who else may come in, and with what: methods of authentication, roles of this stack's method, and
 * policies that are not what the stack wants. Another stack of the same Vault has some; so has
 * whoever had the root token for a moment.
 * @param api With a token that may list them.
 */
export async function strangersIn(api: VaultApi, { kubernetes: { mount, roles }, policies }: Rights): Promise<string[]> {
  const [methods, foundRoles, foundPolicies] = await Promise.all([
    api.read("sys/auth").then((body) => Object.keys(dataOf(body)).filter((name) => name.endsWith("/"))),
    keysOf(api, `auth/${mount}/role?list=true`),
    keysOf(api, "sys/policies/acl?list=true"),
  ]);
  const besides = (found: readonly string[], own: readonly string[]) => found.filter((name) => !own.includes(name)).sort();
  return [
    ...besides(
      methods.map((name) => name.slice(0, -1)),
      [...VAULTS_OWN.methods, mount],
    ).map((name) => `method of authentication ${name}`),
    ...besides(foundRoles, Object.keys(roles)).map((name) => `role ${name} of ${mount}`),
    ...besides(foundPolicies, [...VAULTS_OWN.policies, BOOTSTRAP, ...Object.keys(policies)]).map((name) => `policy ${name}`),
  ];
}

async function keysOf(api: VaultApi, list: string): Promise<string[]> {
  try {
    const { keys } = dataOf(await api.read(list));
    return Array.isArray(keys) ? keys.map(String) : [];
  } catch (error) {
    // A method that is not mounted has no roles.
    if (error instanceof VaultError && (error.status === 400 || error.status === 404)) return [];
    throw error;
  }
}

const dataOf = (body: Record<string, unknown> | undefined): Record<string, unknown> => (isObject(body?.data) ? body.data : {});
