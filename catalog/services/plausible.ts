import type { ServiceRecord } from "../record";

export const plausible = {
  name: "plausible",
  description: "Plausible: web analytics",
  secret: { name: "plausible-db-credentials" },
  // Its migrations begin with CREATE EXTENSION IF NOT EXISTS citext.
  extensions: [{ name: "citext" }],
  applicationSettings: [
    "`DATABASE_URL` is the Secret's `uri` with `&maintenance_database=plausible` behind it: its `db createdb` otherwise looks for the database from within `postgres`, which its login does not reach.",
    "`DATABASE_CACERTFILE` with the path of the Secret's `ca.crt`, where the release does not read `sslmode` in `DATABASE_URL`: before that it does not speak TLS without.",
  ],
  externalSecrets: [
    { name: "plausible-secret", keys: ["secret-key-base"] },
    { name: "plausible-admin", keys: ["email", "username", "password"] },
  ],
} as const satisfies ServiceRecord;
