import type { ServiceRecord } from "../record";

export const graph = {
  name: "graph",
  description: "Graph: the knowledge graph",
  secret: { name: "graph-db-credentials" },
} as const satisfies ServiceRecord;
