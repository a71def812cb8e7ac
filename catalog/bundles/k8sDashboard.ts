import type { BundleRecord } from "./record";

export const k8sDashboard = {
  name: "k8s-dashboard",
  description: "Kubernetes Dashboard: its login through Keycloak",
  externalSecrets: [
    // The keys that the chart of oauth2-proxy reads.
    {
      name: "k8s-dashboard-oauth",
      keys: {
        "client-id": "k8s-dashboard/k8s-dashboard-oauth",
        "client-secret": "k8s-dashboard/k8s-dashboard-oauth",
        "cookie-secret": "k8s-dashboard/k8s-dashboard-cookie",
      },
    },
  ],
} as const satisfies BundleRecord;
