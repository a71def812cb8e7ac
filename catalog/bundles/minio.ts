import type { BundleRecord } from "./record";

export const minio = {
  name: "minio",
  description: "MinIO: root, and a user for each of its clients",
  externalSecrets: [
    { name: "minio-root-credentials", keys: ["root-user", "root-password"] },
    // Whichever clients an environment has.
    { name: "minio-service-users", from: "shared/object-store-users" },
  ],
} as const satisfies BundleRecord;
