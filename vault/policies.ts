/**
 * What clients do with their own token: the policy `default` allows it, and much more that nobody
 * needs.
 */
export const OWN_TOKEN = [
  { path: "auth/token/lookup-self", capabilities: ["read"] },
  { path: "auth/token/revoke-self", capabilities: ["update"] },
] as const;

interface Rule {
  readonly path: string;
  readonly capabilities: readonly string[];
}

/** For a store: what one namespace fetches, path by path. */
export function storePolicy(mount: string, paths: readonly string[]): string {
  return policy([...OWN_TOKEN, ...[...paths].sort().map((path) => ({ path: `${mount}/data/${path}`, capabilities: ["read"] }))]);
}

/**
 * For the mirror: to write below one path of a kv mount and to read what it wrote. External Secrets
 * reads a copy, its version and its tag before every write: without `read`, nothing is pushed.
 * @param remove Whether copies may be deleted, which the retention setting `delete` needs.
 */
export function mirrorPolicy(mount: string, below: string, remove: boolean): string {
  const capabilities = ["create", "read", "update", ...(remove ? ["delete"] : [])];
  return policy([...OWN_TOKEN, ...["data", "metadata"].map((kind) => ({ path: `${mount}/${kind}/${below}/*`, capabilities }))]);
}

/**
 * For whoever looks after the mirror: to list and read the copies below one path of a kv mount, and
 * to change nothing.
 */
export function mirrorReaderPolicy(mount: string, below: string): string {
  return policy([
    ...OWN_TOKEN,
    { path: `${mount}/data/${below}/*`, capabilities: ["read"] },
    { path: `${mount}/metadata/${below}/*`, capabilities: ["read", "list"] },
  ]);
}

/** In Vault's language, in the one form that compares equal with what Vault has. */
export function policy(rules: readonly Rule[]): string {
  return rules.map(({ path, capabilities }) => `path "${path}" {\n  capabilities = ${JSON.stringify(capabilities)}\n}\n`).join("\n");
}
