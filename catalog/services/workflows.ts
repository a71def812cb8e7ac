import type { ServiceRecord } from "../record";

export const workflows = {
  name: "workflows",
  description: "Workflows: workflow definitions",
  secret: { name: "workflows-db-secret" },
} as const satisfies ServiceRecord;
