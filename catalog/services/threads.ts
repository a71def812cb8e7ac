import type { ServiceRecord } from "../record";

export const threads = {
  name: "threads",
  description: "Threads: conversations",
  secret: { name: "threads-db-credentials" },
} as const satisfies ServiceRecord;
