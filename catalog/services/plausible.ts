import type { ServiceRecord } from "../record";

export const plausible = {
  name: "plausible",
  description: "Plausible: web analytics",
  secret: { name: "plausible-db-credentials" },
  // Its migrations begin with CREATE EXTENSION IF NOT EXISTS citext.
  extensions: [{ name: "citext" }],
  externalSecrets: [
    { name: "plausible-secret", keys: ["secret-key-base"] },
    { name: "plausible-admin", keys: ["email", "username", "password"] },
  ],
} as const satisfies ServiceRecord;
