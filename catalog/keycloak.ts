import type { ServiceRecord } from "./record";

export const keycloak = {
  name: "keycloak",
  description: "Keycloak: identities",
  secret: { name: "keycloak-db-credentials" },
} as const satisfies ServiceRecord;
