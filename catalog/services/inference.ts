import type { ServiceRecord } from "../record";

export const inference = {
  name: "inference",
  description: "Inference: checkpoints of LangGraph",
  database: "langgraph",
  secret: { name: "inference-db-credentials" },
  externalSecrets: [
    // The variables that the clients of LangSmith, OpenAI and Langfuse read.
    { name: "inference-api-credentials", keys: ["LANGSMITH_API_KEY", "OPENAI_API_KEY", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"] },
  ],
} as const satisfies ServiceRecord;
