import { OWN_TOKEN, policy } from "../../vault/policies";

/** The policy of the token that sets Vault up, and the display name of such tokens. */
export const BOOTSTRAP = "cnpg-credentials-bootstrap";

/** What belongs to a stack in Vault. */
export interface Owned {
  /** The kv engine with what services fetch. */
  readonly mount: string;
  /** The kv engine with copies of what CloudNativePG owns. */
  readonly mirrorMount: string;
  /** Where Kubernetes authentication is mounted, without `auth/`. */
  readonly authMount: string;
  /** The policies of those that log in. */
  readonly policies: readonly string[];
}

/**
 * What Pulumi's provider needs to set up engines, Kubernetes authentication, the policies that are named and the fixtures. `sudo` where
 * Vault demands it. Nothing that disables an engine, deletes all versions of a secret, or reads a copy in the mirror.
 */
export function bootstrapPolicy({ mount, mirrorMount, authMount, policies }: Owned): string {
  const engine = (path: string) => [
    { path: `sys/mounts/${path}`, capabilities: ["create", "read", "update"] },
    { path: `sys/mounts/${path}/tune`, capabilities: ["read", "update"] },
    { path: `${path}/config`, capabilities: ["create", "read", "update"] },
  ];
  return policy([
    ...OWN_TOKEN,
    ...engine(mount),
    { path: `${mount}/data/*`, capabilities: ["create", "read", "update", "delete"] },
    { path: `${mount}/metadata/*`, capabilities: ["create", "read", "update"] },
    ...engine(mirrorMount),
    { path: `sys/auth/${authMount}`, capabilities: ["create", "read", "update", "sudo"] },
    { path: `sys/mounts/auth/${authMount}`, capabilities: ["read"] },
    { path: `sys/mounts/auth/${authMount}/tune`, capabilities: ["read", "update"] },
    { path: `auth/${authMount}/config`, capabilities: ["create", "read", "update"] },
    { path: `auth/${authMount}/role/*`, capabilities: ["create", "read", "update", "delete"] },
    ...policies.map((name) => ({ path: `sys/policies/acl/${name}`, capabilities: ["create", "read", "update", "delete"] })),
  ]);
}
