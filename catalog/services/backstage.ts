import type { ServiceRecord } from "../record";

export const backstage = {
  name: "backstage",
  description: "Backstage: the developer portal",
  secret: { name: "backstage-db-credentials" },
  applicationSettings: [
    "`backend.database.pluginDivisionMode: schema`, and `backend.database.connection.database`: a database for each plugin would take CREATEDB.",
    "`backend.database.ensureExists: false`: otherwise it looks for its database from within `postgres`, which its login does not reach. `ensureSchemaExists: true` makes the plugins' schemas all the same.",
    "`backend.database.connection.ssl.ca` with the Secret's `ca.crt` (docs/clients.md): node-postgres takes `sslmode=require` for a server to be proven by the system's authorities.",
  ],
} as const satisfies ServiceRecord;
