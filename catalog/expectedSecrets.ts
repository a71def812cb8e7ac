import type { ExternalSecretPlan } from "./externalSecrets";
import type { Service } from "./service";
import { certainKeys } from "./templates";

/** A Secret that has to be there, with the keys that are read from it. Nothing in it is secret. */
export interface ExpectedSecret {
  readonly owner: string;
  readonly kind: "service" | "bundle";
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
  /** Where it comes from: an ExternalSecret of its name, or this program. */
  readonly source: "vault" | "database";
}

/** A Secret that is to be in Vault, too. */
export interface ExpectedCopy {
  readonly owner: string;
  readonly name: string;
}

/** Secrets that applications read, of any owner, with the keys that each has in every stack. @param namespace The stack's. */
export function madeSecrets(namespace: string, services: readonly Service[], fetched: readonly ExternalSecretPlan[]): ExpectedSecret[] {
  return [
    ...services.flatMap(({ name, secret, namespaces = [], template }) =>
      [namespace, ...namespaces].map((place): ExpectedSecret => {
        return { owner: name, kind: "service", namespace: place, name: secret, keys: certainKeys(template), source: "database" };
      }),
    ),
    ...fetched.map(({ owner, kind, namespace: place, name, data }): ExpectedSecret => {
      return { owner, kind, namespace: place, name, keys: data.map(({ secretKey }) => secretKey), source: "vault" };
    }),
  ];
}
