import type { ServiceRecord } from "./record";

export const inference = {
  name: "inference",
  description: "Inference: checkpoints of LangGraph",
  database: "langgraph",
  secret: { name: "inference-db-credentials" },
} as const satisfies ServiceRecord;
