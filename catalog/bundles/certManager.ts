import type { BundleRecord } from "./record";

export const certManager = {
  name: "cert-manager",
  description: "cert-manager: the proof of domains through Azure DNS",
  namespace: "cert-manager",
  externalSecrets: [{ name: "azure-dns", keys: ["client-id", "client-secret"] }],
} as const satisfies BundleRecord;
