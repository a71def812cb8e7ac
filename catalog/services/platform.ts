import type { ServiceRecord } from "../record";

export const platform = {
  name: "platform",
  description: "Platform: the product's core service",
  secret: { name: "platform-db-credentials" },
} as const satisfies ServiceRecord;
