import type { ServiceOutput } from "../../catalog/outputs";
import type { Facts } from "../../cli/status/report";

const output = (name: string, more: Partial<ServiceOutput> = {}) =>
  ({
    role: name,
    database: name,
    namespace: "apps",
    secret: `${name}-db-auth`,
    keys: [],
    login: name,
    roleSecret: `${name}-db-role`,
    generation: "2",
    changedAt: "2026-01-01T00:00:00Z",
    ...more,
  }) as unknown as ServiceOutput;

/** Of a stack of three services: one is well, one is overdue and has a former login, one fails. */
export const FACTS: Facts = {
  stack: "prod",
  target: { kind: "own", context: "c", server: "https://api" },
  state: { backend: "file:///state", passphrase: "/passphrase" },
  cluster: "apps/postgres",
  services: {
    shop: output("shop"),
    orders: output("orders", { login: "orders_b", previous: "orders_a", maxAgeDays: 30 }),
    billing: output("billing", { maxAgeDays: 300 }),
  },
  observation: {
    phase: "Cluster in healthy state",
    primary: "postgres-1",
    services: [
      { service: "shop", waiting: [] },
      { service: "orders", waiting: [] },
      { service: "billing", waiting: ["Database: not applied"] },
    ],
  },
  authorities: "",
  logins: [
    { service: "shop", tls: "TLSv1.3", connections: 12, limit: -1, milliseconds: 31 },
    { service: "orders", tls: "TLSv1.3", connections: 36, limit: 40, milliseconds: 32 },
    { service: "billing", error: "password authentication failed", milliseconds: 33 },
  ] as Facts["logins"],
  now: new Date("2026-03-02T12:00:00Z"),
};
