import * as assert from "node:assert/strict";
import { checkCatalogue } from "../../catalog/check";
import type { ServiceRecord } from "../../catalog/record";
import { lines } from "../support/problems";
import { telling, type Told } from "../support/told";

const first = { name: "orders", description: "Orders" } satisfies ServiceRecord;

/** Problems of a valid pair of services, the second of which is changed. */
function check(change: Partial<ServiceRecord>, firstChange: Partial<ServiceRecord> = {}): string[] {
  const second: ServiceRecord = { name: "billing", description: "Billing", ...change };
  return lines(checkCatalogue([{ ...first, ...firstChange }, second], "pg"));
}

describe("catalog/check", () => {
  const tell = telling("configuration", "the catalogue");
  it("accepts valid records", () => assert.deepEqual(check({}), []));

  it("accepts the extensions that an owner may make, and others that the record has a reason for", () => {
    const extensions = [
      { name: "uuid-ossp" },
      { name: "vector", version: "0.8.0", schema: "extensions" },
      { name: "dblink", reason: "reports" },
    ];
    assert.deepEqual(check({ extensions }), []);
  });

  it("accepts names as long as Postgres and Kubernetes keep them", () =>
    assert.deepEqual(
      check({
        name: "b".repeat(50),
        role: "r".repeat(61),
        database: "d".repeat(63),
        secret: { name: "s".repeat(253) },
        connectionLimit: 1,
      }),
      [],
    ));

  it("accepts templates that no service has", () => {
    for (const template of ["template0", "template1", "template_gis"]) assert.deepEqual(check({ creation: { template } }), []);
  });

  const rejected: [string, Partial<ServiceRecord>, ...Told[]][] = [
    [
      "another service's database as the template of its own, with all data",
      { creation: { template: "orders" } },
      ["catalog.billing.creation.template", "`orders` is the database of orders: the new one would have all of its data"],
    ],
    [
      "a template that is no name",
      { creation: { template: 'x" owner postgres' } },
      ["catalog.billing.creation.template", "is not made of lower-case letters"],
    ],
    [
      "a name that is no DNS label",
      { name: "Bill-ing", role: "b", secret: { name: "b" } },
      ["catalog.Bill-ing.name", "`Bill-ing` is not a DNS label of at most 50 characters that begins with a letter"],
    ],
    [
      "a name too long for what is appended to it",
      { name: "b".repeat(51) },
      [`catalog.${"b".repeat(51)}.name`, `\`${"b".repeat(51)}\` is not a DNS label of at most 50 characters that begins with a letter`],
    ],
    [
      "a service twice",
      { name: "orders", role: "b", secret: { name: "b" } },
      ...["orders", "orders-a", "orders-b"].map((name): Told => ["catalog.orders.name", `service \`${name}\` is already that of orders`]),
      ...["", "-a", "-b"].map((slot): Told => ["catalog.orders.secret.name", `secret \`orders-db-role${slot}\` is already that of orders`]),
    ],
    [
      "a name that is the object of another's login",
      { name: "orders-a", role: "b", secret: { name: "b" } },
      ["catalog.orders-a.name", "service `orders-a` is already that of orders"],
    ],
    [
      "a role that is another's login",
      { role: "orders_b", database: "b" },
      ["catalog.billing.role", "role `orders_b` is already that of orders"],
    ],
    [
      "a shared role",
      { role: "orders", database: "b" },
      ...["orders", "orders_a", "orders_b"].map((role): Told => ["catalog.billing.role", `role \`${role}\` is already that of orders`]),
    ],
    ["a shared database", { database: "orders" }, ["catalog.billing.database", "database `orders` is already that of orders"]],
    [
      "a shared Secret",
      { secret: { name: "orders-db-auth" } },
      ["catalog.billing.secret.name", "secret `orders-db-auth` is already that of orders"],
    ],
    [
      "a role longer than Postgres keeps",
      { role: "r".repeat(62), database: "b" },
      ["catalog.billing.role", `\`${"r".repeat(62)}\` is 62 characters long`],
    ],
    [
      "a database longer than Postgres keeps",
      { database: "d".repeat(64) },
      ["catalog.billing.database", `\`${"d".repeat(64)}\` is 64 characters long`],
    ],
    [
      "a role that reads differently unquoted",
      { role: "Billing", database: "b" },
      ["catalog.billing.role", "`Billing` is not made of lower-case letters"],
    ],
    [
      "a role that names the database, too, once",
      { role: "Billing" },
      ["catalog.billing.role", "`Billing` is not made of lower-case letters"],
    ],
    ["a role of PostgreSQL's own", { role: "pg_billing", database: "b" }, ["catalog.billing.role", "`pg_billing` is reserved"]],
    ["a role of CloudNativePG's own", { role: "cnpg_billing", database: "b" }, ["catalog.billing.role", "`cnpg_billing` is reserved"]],
    ["a schema of PostgreSQL's own", { schemas: ["pg_billing"] }, ["catalog.billing.schemas", "`pg_billing` is reserved"]],
    [
      "a Secret name that is none",
      { secret: { name: "Billing_Secret" } },
      ["catalog.billing.secret.name", "`Billing_Secret` is not a Kubernetes object name"],
    ],
    [
      "a Secret name too long",
      { secret: { name: "s".repeat(254) } },
      ["catalog.billing.secret.name", `\`${"s".repeat(254)}\` is not a Kubernetes object name`],
    ],
    [
      "Postgres's own schema of another name",
      { schemas: ["information_schema"] },
      ["catalog.billing.schemas", "`information_schema` is reserved"],
    ],
    ...["dblink", "plpython3u", "file_fdw", "adminpack", "plperl", "pg_stat_statements"].map(
      (name): [string, Partial<ServiceRecord>, Told] => [
        `the extension ${name} without a reason`,
        { extensions: [{ name }] },
        ["catalog.billing.extensions", `\`${name}\` is not made without a reason`, "`reason`"],
      ],
    ),
    [
      "an extension with an empty reason",
      { extensions: [{ name: "dblink", reason: " " }] },
      ["catalog.billing.extensions", "`dblink` is not made without"],
    ],
    [
      "an extension that is none",
      { extensions: [{ name: 'x"; drop' }] },
      ["catalog.billing.extensions", '`x"; drop` is not the name of an extension'],
    ],
    [
      "a version that is none",
      { extensions: [{ name: "citext", version: "1'--" }] },
      ["catalog.billing.extensions", "`1'--` is not a version of citext"],
    ],
    ...["pg_catalog", "information_schema"].map((schema): [string, Partial<ServiceRecord>, Told] => [
      `an extension's objects in ${schema}`,
      { extensions: [{ name: "intarray", schema }] },
      ["catalog.billing.extensions", `\`${schema}\` is reserved`],
    ]),
    ["a connection limit below -1", { connectionLimit: -2 }, ["catalog.billing.connectionLimit", "-2 is not a number of connections"]],
    ["half a connection", { connectionLimit: 0.5 }, ["catalog.billing.connectionLimit", "0.5 is not a number of connections"]],
    ...[
      "postgres",
      "streaming_replica",
      "public",
      "none",
      "current_role",
      "current_user",
      "session_user",
      "all",
      "sameuser",
      "replication",
    ].map((role): [string, Partial<ServiceRecord>, Told] => [
      `the reserved role ${role}`,
      { role, database: "b" },
      ["catalog.billing.role", `\`${role}\` is reserved by PostgreSQL or CloudNativePG`],
    ]),
    ...["postgres", "template0", "template1", "all", "sameuser", "samerole", "samegroup", "replication"].map(
      (database): [string, Partial<ServiceRecord>, Told] => [
        `the reserved database ${database}`,
        { database },
        ["catalog.billing.database", `\`${database}\` is reserved by PostgreSQL or CloudNativePG`],
      ],
    ),
    ...["app", "superuser", "ca", "server", "replication", "pooler"].map((suffix): [string, Partial<ServiceRecord>, Told] => [
      `the operator's Secret pg-${suffix}`,
      { secret: { name: `pg-${suffix}` } },
      ["catalog.billing.secret.name", `\`pg-${suffix}\` is a Secret of CloudNativePG's own`],
    ]),
  ];
  for (const [what, change, ...expected] of rejected) it(`rejects ${what}`, () => tell(check(change), expected));

  for (const secret of ["orders-db-role", "orders-db-role-a", "orders-db-role-b"])
    it(`rejects ${secret}, another service's role Secret`, () =>
      tell(check({ secret: { name: secret } }), [["catalog.billing.secret.name", `secret \`${secret}\` is already that of orders`]]));

  it("rejects two bootstrap owners", () =>
    tell(check({ bootstrapOwner: true }, { bootstrapOwner: true }), [["catalog", "orders and billing are both `bootstrapOwner`"]]));
});
