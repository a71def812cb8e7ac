import type { BundleRecord } from "./record";

export const pgadmin = {
  name: "pgadmin",
  description: "pgAdmin: its login through Keycloak, and its first account",
  externalSecrets: [
    { name: "pgadmin-oauth-client", keys: ["client-id", "client-secret"] },
    { name: "pgadmin-bootstrap", keys: ["email", "password"] },
  ],
} as const satisfies BundleRecord;
