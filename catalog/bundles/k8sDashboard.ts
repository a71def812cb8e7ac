import type { BundleRecord } from "./record";

export const k8sDashboard = {
  name: "k8s-dashboard",
  description: "Kubernetes Dashboard: its login through Keycloak",
  externalSecrets: [
    // The keys that the chart of oauth2-proxy reads.
    { name: "k8s-dashboard-oauth", keys: ["client-id", "client-secret", "cookie-secret"] },
  ],
} as const satisfies BundleRecord;
