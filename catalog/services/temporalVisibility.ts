import type { ServiceRecord } from "../record";

export const temporalVisibility = {
  name: "temporal-visibility",
  description: "Temporal: visibility store",
  secret: { name: "temporal-visibility-db-env", template: "temporal-visibility-env" },
  // Temporal's visibility schema indexes scalar columns with GIN and begins by creating it.
  extensions: [{ name: "btree_gin" }],
} as const satisfies ServiceRecord;
