import type { ServiceRecord } from "../record";

export const temporalVisibility = {
  name: "temporal-visibility",
  description: "Temporal: visibility store",
  secret: { name: "temporal-visibility-db-env", template: "temporal-visibility-env" },
  // Temporal's visibility schema indexes scalar columns with GIN and begins by creating it.
  extensions: [{ name: "btree_gin" }],
  applicationSettings: [
    "Its schema is made by a run of `temporal-sql-tool` with this Secret (docs/clients.md). The server takes TLS of both stores from the Secret of the default store.",
  ],
} as const satisfies ServiceRecord;
