import type { ServiceRecord } from "../record";

export const transformation = {
  name: "transformation",
  description: "Transformation: data transformations",
  secret: { name: "transformation-db-credentials" },
} as const satisfies ServiceRecord;
