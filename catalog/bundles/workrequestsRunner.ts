import type { BundleRecord } from "./record";

export const workrequestsRunner = {
  name: "workrequests-runner",
  description: "Runner of work requests: GitHub, its domain, its object store",
  externalSecrets: [
    { name: "workrequests-github-token", keys: { token: "shared/ghcr-token#token" } },
    { name: "workrequests-domain-token", keys: ["token"] },
    {
      name: "workrequests-minio-credentials",
      keys: {
        "access-key": "workrequests-runner/workrequests-minio-credentials#user",
        "secret-key": "shared/object-store-users#workrequests",
      },
    },
  ],
} as const satisfies BundleRecord;
