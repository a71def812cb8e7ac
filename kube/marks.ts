/** Label with the stack's name, on every object: `kubectl get secret -l cnpg-credentials/stack=dev`. */
export const STACK_LABEL = "cnpg-credentials/stack";
/** Label with the service's name, on every object that belongs to one. */
export const SERVICE_LABEL = "cnpg-credentials/service";
/** Label with the bundle's name, on every object that belongs to one. */
export const BUNDLE_LABEL = "cnpg-credentials/bundle";
/** Label of the pods that this program makes and that end, with what they are: what a policy for the network can go by. */
export const POD_LABEL = "cnpg-credentials/pod";
/** What such a pod is: the proof of a credential, `npm run psql`, a gate, the bootstrap of dev's Vault. */
export type PodKind = "proof" | "psql" | "gate" | "vault-bootstrap";
/**
 * Annotation with the state that an object belongs to, by the identifier that the state was given once. An object of a known name without it, or with another, is
 * somebody else's.
 */
export const OWNER_ANNOTATION = "cnpg-credentials/owner";

/** Annotation of an object that is waited for, with a digest of the labels and annotations that it was written with. */
export const WRITTEN_ANNOTATION = "cnpg-credentials/written";

/** The identifier of a state, which stands at the end of marks from when they began with the stack's name. */
const STATE = /(?:^|\/)([0-9a-f]{16})$/;

/** Whether two marks are the same state's, whatever its stack was called when they were made. */
export function isSameState(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return (STATE.exec(one)?.[1] ?? one) === (STATE.exec(other)?.[1] ?? other);
}
/** Annotation of the Secret that an application reads, with the role that it logs in as. */
export const LOGIN_ANNOTATION = "cnpg-credentials/login";
/** Annotation of the same, with the role that it logged in as before and that still may. */
export const PREVIOUS_ANNOTATION = "cnpg-credentials/previous-login";
/** Annotation of a Secret with the generation that its password was made for; of a workload's pods (with `-<service>`), so that they begin anew. */
export const GENERATION_ANNOTATION = "cnpg-credentials/generation";
/** Annotation of a Pooler, with the name that its clients prove it by, and a digest of the authorities that it proves Postgres by. */
export const POOLER_ANNOTATION = "cnpg-credentials/pooler-host";
/** Annotation of a Secret with when its password was made. */
export const CHANGED_ANNOTATION = "cnpg-credentials/password-changed-at";
/** Annotation of the Secret that an application reads, with the generation that it was made in: what has not been rotated since is not restarted. */
export const FIRST_ANNOTATION = "cnpg-credentials/first-generation";
/** Annotation of the ConfigMap with the authorities of Postgres's certificate: which they are, the one that signs first. */
export const AUTHORITIES_ANNOTATION = "cnpg-credentials/authorities";
/** Annotation of the Secret that an application reads, with the `sslmode` that it tells. */
export const TLS_ANNOTATION = "cnpg-credentials/tls-mode";
/**
 * Annotation of the Secret that an application reads, with the name of its template; absent of the
 * templates that there were before this mark.
 */
export const TEMPLATE_ANNOTATION = "cnpg-credentials/template";
/** Annotation of the Secret that an application reads, where the state refuses to delete it: `protected`. */
export const PROTECTION_ANNOTATION = "cnpg-credentials/protection";
/**
 * Annotation of the Secret that an application reads, with the other namespaces that have it, and commas between them: one that the stack's file leaves out is
 * known by that.
 */
export const NAMESPACES_ANNOTATION = "cnpg-credentials/namespaces";
/** Annotation of a PushSecret with the version of the Secret that it is to push. */
export const SECRET_VERSION_ANNOTATION = "cnpg-credentials/secret-version";
/** Annotation of a Secret whose password was Vault's before it was taken over, with the paths that it had there, until they are retired. */
export const VAULT_PATHS_ANNOTATION = "cnpg-credentials/former-vault-paths";

/** Annotation of a Cluster with when somebody asked CloudNativePG to look at it. Any change would do. */
export const RECONCILIATION_ANNOTATION = "cnpg-credentials/reconciliation-requested";
/** Annotation of a PushSecret with when somebody asked External Secrets to push it again. */
export const PUSH_ANNOTATION = "cnpg-credentials/push-requested";
/** Annotation of Vault's pods with a digest of their configuration, so that a change of it begins them anew. */
export const CHECKSUM_ANNOTATION = "cnpg-credentials/checksum";
/** Annotation of the Secret with Vault's keys, with the attempt at initialising it that was made last. */
export const INITIALISATION_ANNOTATION = "cnpg-credentials/vault-initialisation";
/** Annotation of a Deployment of the lab's, with a digest of what was applied with it last: put there when all of it was. */
export const LAB_ANNOTATION = "cnpg-credentials/applied";

/** The end of the name of a resource that awaits the Deployment which the resource of the name without it has restarted. */
export const ROLLED_OUT = "-rolled-out";
