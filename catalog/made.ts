import type { ExpectedSecret } from "../smoke/types";
import type { ExternalSecretPlan } from "./externalSecrets";
import type { Service } from "./service";
import { certainKeys } from "./templates";

/** What applications read, whoever's it is, with the keys that each has whatever the stack sets. @param namespace The stack's. */
export function madeSecrets(namespace: string, services: readonly Service[], fetched: readonly ExternalSecretPlan[]): ExpectedSecret[] {
  return [
    ...services.map(({ name, secret, template }): ExpectedSecret => {
      return { owner: name, kind: "service", namespace, name: secret, keys: certainKeys(template), source: "database" };
    }),
    ...fetched.map(({ owner, kind, namespace: place, name, data }): ExpectedSecret => {
      return { owner, kind, namespace: place, name, keys: data.map(({ secretKey }) => secretKey), source: "vault" };
    }),
  ];
}
