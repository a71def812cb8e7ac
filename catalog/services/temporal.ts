import type { ServiceRecord } from "../record";

export const temporal = {
  name: "temporal",
  description: "Temporal: default store",
  secret: { name: "temporal-db-env", template: "temporal-env" },
} as const satisfies ServiceRecord;
