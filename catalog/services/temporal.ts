import type { ServiceRecord } from "../record";

export const temporal = {
  name: "temporal",
  description: "Temporal: default store",
  secret: { name: "temporal-db-env", template: "temporal-env" },
  applicationSettings: [
    "`DB=postgres12_pgx`, or `postgres12`, beside the variables of both of its Secrets, in one container.",
    "The schema of each store is made by `temporal-sql-tool` of the admin-tools image, a run for each with the Secret of that store (docs/clients.md). The auto-setup image makes both with this login, which reaches this database alone, and looks into `postgres` before: it takes `SKIP_DB_CREATE` and `SKIP_SCHEMA_SETUP` from the Secret, and is the server then.",
  ],
} as const satisfies ServiceRecord;
