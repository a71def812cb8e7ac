import type { ServiceRecord } from "../record";

export const backstage = {
  name: "backstage",
  description: "Backstage: the developer portal",
  // Backstage must be set to `pluginDivisionMode: schema`: a database for each plugin would need CREATEDB.
  secret: { name: "backstage-db-credentials" },
} as const satisfies ServiceRecord;
