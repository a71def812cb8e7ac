import type { BundleRecord } from "./record";

export const observability = {
  name: "observability",
  description: "Grafana, Loki, Tempo and ClickHouse: accounts and object stores",
  externalSecrets: [
    // The keys that the chart of Grafana reads.
    { name: "grafana-admin", keys: ["admin-user", "admin-password"] },
    {
      name: "loki-minio",
      keys: { "access-key": "observability/loki-minio#user", "secret-key": "shared/object-store-users#loki" },
    },
    {
      name: "tempo-minio",
      keys: { "access-key": "observability/tempo-minio#user", "secret-key": "shared/object-store-users#tempo" },
    },
    { name: "clickhouse-auth", keys: ["username", "password"] },
  ],
} as const satisfies BundleRecord;
