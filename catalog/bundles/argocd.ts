import type { BundleRecord } from "./record";

export const argocd = {
  name: "argocd",
  description: "Argo CD: its login through Keycloak",
  namespace: "argocd",
  externalSecrets: [
    // Without the label, Argo CD does not look into a Secret that its configuration names.
    { name: "argocd-oauth-client", keys: ["client-id", "client-secret"], labels: { "app.kubernetes.io/part-of": "argocd" } },
  ],
} as const satisfies BundleRecord;
