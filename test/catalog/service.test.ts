import * as assert from "node:assert/strict";
import type { ServiceRecord } from "../../catalog/record";
import { selectServices, type Service } from "../../catalog/service";
import { templates } from "../../catalog/templates";
import { stackConfig } from "../support/fixtures";
import { problemsOf } from "../support/problems";

const records: ServiceRecord[] = [
  { name: "orders", description: "Orders", connectionLimit: 7 },
  { name: "order-flows", description: "Flows", secret: { template: "temporal-env" } },
];

function select(services: object, values: object = {}): ReturnType<typeof selectServices> {
  return selectServices(records, stackConfig({ ...values, services }));
}

function selected(services: object, values: object = {}): Service[] {
  const result = select(services, values);
  assert.ok("services" in result);
  return result.services;
}

describe("catalog/service", () => {
  it("fills in what neither record nor stack says", () =>
    assert.deepEqual(selected({ orders: {} }), [
      {
        name: "orders",
        description: "Orders",
        role: "orders",
        database: "orders",
        extensions: [],
        schemas: [],
        connectionLimit: 7,
        bootstrapOwner: false,
        secret: "orders-db-auth",
        roleSecret: "orders-db-auth",
        secretType: "kubernetes.io/basic-auth",
        template: templates.pg,
        optionalKeys: [],
        tls: { mode: "require" },
        labels: {},
        annotations: {},
      },
    ]));

  it("gives a role of its own Secret to a template that has no place for it", () => {
    const [service] = selected({ "order-flows": {} });
    assert.deepEqual(
      [service?.role, service?.secret, service?.roleSecret, service?.secretType, service?.connectionLimit],
      ["order_flows", "order-flows-db-auth", "order-flows-db-role", "Opaque", -1],
    );
  });

  it("leaves nothing of a service that is off or left out", () => {
    assert.deepEqual(selected({ orders: { enabled: false } }), []);
    assert.deepEqual(selected({}), []);
  });

  it("keeps the catalogue's order, whatever the stack file's", () =>
    assert.deepEqual(
      selected({ "order-flows": {}, orders: {} }).map(({ name }) => name),
      ["orders", "order-flows"],
    ));

  it("lets the stack set what differs there", () => {
    const settings = { connectionLimit: 3, tls: { mode: "prefer" }, keys: ["tls"], secretType: "Opaque", pooler: "p", labels: { a: "b" } };
    const [service] = selected({ orders: settings }, { tls: { mode: "verify-full", ca: "/ca.crt" } });
    assert.deepEqual(
      [service?.connectionLimit, service?.tls, service?.optionalKeys, service?.secretType, service?.pooler, service?.labels],
      [3, { mode: "prefer", ca: "/ca.crt" }, ["tls"], "Opaque", "p", { a: "b" }],
    );
  });

  const rejected: [string, object, string][] = [
    [
      "a service that is not in the catalogue",
      { langfuse: {} },
      "services.langfuse: is not in the catalogue; correct the name (there are order-flows, orders), or add a record of it to catalog/",
    ],
    [
      "a service that is off and not in the catalogue",
      { langfuse: { enabled: false } },
      "services.langfuse: is not in the catalogue; correct the name (there are order-flows, orders), or add a record of it to catalog/",
    ],
    [
      "keys that the template does not have",
      { "order-flows": { keys: ["tls"] } },
      "services.order-flows.keys: the template temporal-env has no `tls` keys; leave it out, or add them in catalog/templates.ts",
    ],
    [
      "a type that the template has anyway",
      { "order-flows": { secretType: "Opaque" } },
      "services.order-flows.secretType: is already the template's type; remove it",
    ],
  ];
  for (const [what, services, expected] of rejected)
    it(`rejects ${what}`, () => assert.deepEqual(problemsOf(select(services)), [expected]));
});
