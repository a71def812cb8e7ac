import * as cnpg from "@ameide/cnpg-credentials";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const namespace = config.require("namespace");
const image = config.require("image");

const provider = new k8s.Provider("kubernetes", {
  context: config.require("context"),
  // A Secret is changed in place: it is there at every moment.
  enableSecretMutable: true,
});

const postgres = new cnpg.PostgresCluster(
  "postgres",
  {
    namespace,
    image,
    instances: config.getNumber("instances") ?? 3,
    storage: { size: "1Gi" },
    // Whom pg_hba.conf lets in: their logins, by name, and nobody else.
    services: [{ name: "orders" }, { name: "invoices" }],
    protection: config.get("protection"),
  },
  { provider },
);
const common = { cluster: postgres.clusterName, authority: postgres.authority, namespace, proof: { image } };

// Two logins that take turns: a rotation gives the idle one another number, and makes it the active one.
const orders = new cnpg.ServiceDatabase(
  "orders",
  { ...common, rotation: config.getObject<cnpg.Rotation>("orders") ?? { active: "a", a: 1 }, extensions: [{ name: "pgcrypto" }] },
  { provider },
);

// One login: a rotation gives it another number.
const invoices = new cnpg.ServiceDatabase(
  "invoices",
  { ...common, rotation: config.getObject<cnpg.Rotation>("invoices") ?? { generation: 0 }, secretName: "invoices-database" },
  { provider },
);

export const logins = { orders: orders.login, invoices: invoices.login };
export const secrets = { orders: orders.secretName, invoices: invoices.secretName };
export const changedAt = { orders: orders.passwordChangedAt, invoices: invoices.passwordChangedAt };
