import type { ServiceRecord } from "../record";

export const base = {
  name: "base",
  description: "Legacy shared login, to be migrated away from",
  role: "dbuser",
  database: "ameide",
  secret: { name: "postgres-ameide-auth" },
  bootstrapOwner: true,
} as const satisfies ServiceRecord;
