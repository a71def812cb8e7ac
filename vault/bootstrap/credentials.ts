import type { Secret } from "./kubeApi";
import { INITIALISATION_ANNOTATION } from "../../kube/marks";

/** What opens Vault. In the Secret, in memory, and nowhere else. */
export interface Keys {
  readonly unsealKey: string;
  readonly rootToken: string;
}

/**
 * An initialisation that a run is about to ask for. Vault tells the keys once, in the answer to
 * that request: a run that is killed before it has written them down leaves a Vault that nobody can
 * open. The attempt is recorded first, so that a later run knows such a Vault, in which nothing can
 * be, from one whose keys somebody has.
 */
export interface Attempt {
  /** The run's. */
  readonly id: string;
  /** When the run will have given up, by the API server's clock in milliseconds. */
  readonly until: number;
  /** The volume claim under Vault, which was not initialised then. */
  readonly storage: string | undefined;
}

/** What the Secret says: at most one of both. */
export interface Credentials {
  readonly keys?: Keys;
  readonly attempt?: Attempt;
}

/** The keys of the Secret. */
export const UNSEAL_KEY = "unseal-key";
export const ROOT_TOKEN = "root-token";
const LABELS = { "app.kubernetes.io/managed-by": "foundation-vault-bootstrap" };

export function parseCredentials(secret: Secret | undefined): Credentials {
  const [unsealKey, rootToken] = [decode(secret, UNSEAL_KEY), decode(secret, ROOT_TOKEN)];
  if (unsealKey && rootToken) return { keys: { unsealKey, rootToken } };
  const attempt = secret?.metadata.annotations?.[INITIALISATION_ANNOTATION];
  return attempt === undefined ? {} : { attempt: JSON.parse(attempt) as Attempt };
}

/** The Secret as it was read, or a new one, with this in it instead. What else is in it stays. */
export function withCredentials(secret: Secret | undefined, name: string, { keys, attempt }: Credentials): Secret {
  const { [INITIALISATION_ANNOTATION]: _, ...annotations } = secret?.metadata.annotations ?? {};
  const { [UNSEAL_KEY]: _key, [ROOT_TOKEN]: _token, ...data } = secret?.data ?? {};
  return {
    ...secret,
    metadata: {
      ...(secret?.metadata ?? { name }),
      labels: { ...secret?.metadata.labels, ...LABELS },
      annotations: { ...annotations, ...(attempt && { [INITIALISATION_ANNOTATION]: JSON.stringify(attempt) }) },
    },
    data: { ...data, ...(keys && { [UNSEAL_KEY]: encode(keys.unsealKey), [ROOT_TOKEN]: encode(keys.rootToken) }) },
  };
}

const decode = (secret: Secret | undefined, key: string) => Buffer.from(secret?.data?.[key] ?? "", "base64").toString();
const encode = (value: string) => Buffer.from(value).toString("base64");
