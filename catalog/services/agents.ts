import type { ServiceRecord } from "../record";

export const agents = {
  name: "agents",
  description: "Agents: definitions and configuration of agents",
  secret: { name: "agents-db-secret" },
} as const satisfies ServiceRecord;
