import type { BundleRecord } from "./record";

export const neo4j = {
  name: "neo4j",
  description: "Neo4j: its first account",
  externalSecrets: [{ name: "neo4j-auth", keys: ["username", "password"] }],
} as const satisfies BundleRecord;
