import type { BundleRecord } from "./record";

export const langfuse = {
  name: "langfuse",
  description: "Langfuse: its keys, and its first account and project",
  externalSecrets: [
    {
      name: "langfuse",
      keys: {
        "nextauth-secret": "langfuse/langfuse",
        salt: "langfuse/langfuse",
        "encryption-key": "langfuse/langfuse",
        "s3-secret-access-key": "shared/object-store-users#langfuse",
      },
    },
    { name: "langfuse-bootstrap", keys: ["user-email", "user-password", "project-public-key", "project-secret-key"] },
  ],
} as const satisfies BundleRecord;
