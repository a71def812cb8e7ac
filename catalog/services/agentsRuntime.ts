import type { ServiceRecord } from "../record";

export const agentsRuntime = {
  name: "agents-runtime",
  description: "Agents runtime: runs of agents",
  secret: { name: "agents-runtime-db-secret" },
} as const satisfies ServiceRecord;
