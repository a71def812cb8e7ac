import type { ServiceRecord } from "../record";

export const keycloak = {
  name: "keycloak",
  description: "Keycloak: identities",
  secret: { name: "keycloak-db-credentials" },
  externalSecrets: [
    // The keys that the operator's `bootstrapAdmin` reads.
    { name: "keycloak-bootstrap-admin", keys: ["username", "password"] },
    { name: "keycloak-master-admin", keys: ["username", "password"] },
    { name: "keycloak-platform-client", keys: ["client-id", "client-secret"] },
    { name: "keycloak-admin-sa-sync", keys: ["client-id", "client-secret"] },
  ],
} as const satisfies ServiceRecord;
