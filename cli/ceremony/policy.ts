import { OWN_TOKEN, policy } from "../../vault/policies";

/** The policy of the token that writes fixtures, and the display name of such tokens. */
export const BOOTSTRAP = "cnpg-credentials-bootstrap";

/** What belongs to a stack in Vault. */
export interface Owned {
  /** Kv engines, by their paths. */
  readonly mounts: readonly string[];
  /** The one with what services fetch. */
  readonly mount: string;
  /** Paths below it that this program may have to write, whole. */
  readonly fixtures: readonly string[];
  /** Where Kubernetes authentication is mounted, without `auth/`. */
  readonly authMount: string;
  /** The policies of those that log in, and their roles of the same names. */
  readonly policies: readonly string[];
}

/**
 * What Pulumi's provider needs to write fixtures, path by path, and what is read to see that Vault
 * is otherwise as the stack wants it. Nothing that gives anybody a right: what may write a policy,
 * a role, a method of authentication or the settings of an engine may make itself more than it is.
 */
export function bootstrapPolicy({ mounts, mount, fixtures, authMount, policies }: Owned): string {
  const read = (path: string) => ({ path, capabilities: ["read"] });
  return policy([
    ...OWN_TOKEN,
    ...[...fixtures].sort().flatMap((path) => [
      { path: `${mount}/data/${path}`, capabilities: ["create", "read", "update"] },
      // The provider writes what it does not manage of it along with each new value.
      { path: `${mount}/metadata/${path}`, capabilities: ["read", "update"] },
    ]),
    read("sys/mounts"),
    ...mounts.map((path) => read(`${path}/config`)),
    read("sys/auth"),
    // For `--check`: whether anybody else has been given something.
    { path: "sys/policies/acl", capabilities: ["list"] },
    { path: `auth/${authMount}/role`, capabilities: ["list"] },
    read(`auth/${authMount}/config`),
    ...policies.flatMap((name) => [read(`sys/policies/acl/${name}`), read(`auth/${authMount}/role/${name}`)]),
  ]);
}
