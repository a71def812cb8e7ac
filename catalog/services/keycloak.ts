import type { ServiceRecord } from "../record";

export const keycloak = {
  name: "keycloak",
  description: "Keycloak: identities",
  secret: { name: "keycloak-db-credentials" },
  applicationSettings: [
    "`KC_DB=postgres`, `KC_DB_URL_HOST`, `_PORT` and `_DATABASE`, `KC_DB_USERNAME` and `KC_DB_PASSWORD` from the Secret, and TLS in `KC_DB_URL_PROPERTIES` (docs/clients.md): it has no TLS of its own accord.",
  ],
  externalSecrets: [
    // The keys that the operator's `bootstrapAdmin` reads.
    { name: "keycloak-bootstrap-admin", keys: ["username", "password"] },
    { name: "keycloak-master-admin", keys: ["username", "password"] },
    { name: "keycloak-platform-client", keys: ["client-id", "client-secret"] },
    { name: "keycloak-admin-sa-sync", keys: ["client-id", "client-secret"] },
  ],
} as const satisfies ServiceRecord;
