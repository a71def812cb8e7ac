import * as assert from "node:assert/strict";
import type { ServiceRecord } from "../../catalog/record";
import { selectServices, type Service } from "../../catalog/service";
import { templates } from "../../catalog/templates";
import { stackConfig } from "../support/fixtures";
import { problemsOf } from "../support/problems";
import { EXISTING } from "../support/vaults";

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
        creation: {},
        foreignOwners: [],
        applicationSettings: [],
        schemas: [],
        connectionLimit: 7,
        bootstrapOwner: false,
        secret: "orders-db-auth",
        secretType: "kubernetes.io/basic-auth",
        template: templates.pg,
        optionalKeys: [],
        formerVaultPaths: [],
        isProtected: true,
        tls: { mode: "require", isSaid: false },
        rotation: { strategy: "inPlace", entry: {} },
        restart: "rollout",
        workloads: [],
        labels: {},
        annotations: {},
      },
    ]));

  it("follows the record's template", () => {
    const [service] = selected({ "order-flows": {} });
    assert.deepEqual(
      [service?.role, service?.secret, service?.secretType, service?.connectionLimit],
      ["order_flows", "order-flows-db-auth", "Opaque", -1],
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
      [3, { mode: "prefer", isSaid: true, ca: "/ca.crt" }, ["tls"], "Opaque", "p", { a: "b" }],
    );
  });

  describe("what a role has beside its name", () => {
    const role = { attributes: ["createdb"], memberOf: ["readers"], settings: { search_path: "app" } } as const;
    const ofRecord = (set: object, record: object = role) =>
      selectServices(
        [
          { name: "orders", description: "Orders", ...record },
          { name: "billing", description: "Billing" },
        ],
        stackConfig({ services: { orders: set } }),
      );
    const first = (set: object, record?: object) => {
      const result = ofRecord(set, record);
      assert.ok("services" in result);
      const { attributes, memberOf, settings, givesUp } = result.services[0]!;
      return { attributes, memberOf, settings, givesUp };
    };
    it("is the record's, or what the stack says instead; nothing, unless somebody says something", () => {
      assert.deepEqual(first({}), { ...role, givesUp: undefined });
      assert.deepEqual(first({ attributes: [], memberOf: ["writers"], givesUp: ["valid until"] }), {
        attributes: undefined,
        memberOf: ["writers"],
        settings: role.settings,
        givesUp: ["valid until"],
      });
      assert.deepEqual(Object.values(first({}, {})), [undefined, undefined, undefined, undefined]);
    });

    it("is no other service's role", () =>
      assert.match(
        problemsOf(ofRecord({ memberOf: ["billing_a"] }))[0]!,
        /^services\.orders\.memberOf: `billing_a` is a service's own role/,
      ));
  });

  describe("rotation", () => {
    const rotationOf = (rotation: object, own: object = {}) => selected({ orders: { rotation: own } }, { rotation })[0]?.rotation;
    it("has its own entry, as the file has it, and nobody else's", () => {
      const services = { orders: { generation: 2 }, "order-flows": { generation: 7 } };
      assert.deepEqual(rotationOf({ services }), { strategy: "inPlace", entry: { generation: 2 } });
      assert.deepEqual(rotationOf({ services: { "order-flows": { generation: 7 } } }), { strategy: "inPlace", entry: {} });
    });

    it("is as it is whatever groups it is in", () =>
      assert.deepEqual(rotationOf({ groups: { one: { services: ["orders"] } } }), { strategy: "inPlace", entry: {} }));

    it("prefers the service's own strategy and age to the stack's", () => {
      const stack = { strategy: "alternating", maxAgeDays: 90 };
      assert.deepEqual(rotationOf(stack), { strategy: "alternating", entry: {}, maxAgeDays: 90 });
      const both = { ...stack, previousMaxDays: 7 };
      assert.deepEqual(rotationOf(both), { ...both, entry: {} });
      assert.equal(rotationOf(both, { previousMaxDays: 1 })?.previousMaxDays, 1);
      const own = { strategy: "inPlace", maxAgeDays: 30 };
      assert.deepEqual(rotationOf(stack, own), { strategy: "inPlace", entry: {}, maxAgeDays: 30 });
    });
  });

  describe("restarts", () => {
    const workloads = [{ kind: "Deployment", name: "orders" }] as const;
    const ofRecord = (set: object) => {
      const result = selectServices([{ name: "orders", description: "Orders", workloads }], stackConfig({ services: { orders: set } }));
      assert.ok("services" in result);
      return result.services[0]?.workloads;
    };

    it("the record's workloads, or those that the stack names instead", () => {
      const others = [{ kind: "StatefulSet", name: "other", namespace: "elsewhere" }];
      assert.deepEqual(ofRecord({}), workloads);
      assert.deepEqual(ofRecord({ workloads: others }), others);
      assert.deepEqual(ofRecord({ workloads: [] }), []);
    });

    it("in the way that the stack says", () =>
      assert.deepEqual(
        selected({ orders: { restart: "reloader" } }).map(({ restart }) => restart),
        ["reloader"],
      ));
  });

  const unknown = "correct the name (there are order-flows, orders), or add a record of it to catalog/services/";
  const mentioned: [string, object, string][] = [
    ["a generation", { services: { langfuse: { generation: 1 } } }, `rotation.services.langfuse: is not in the catalogue; ${unknown}`],
    [
      "a group",
      { groups: { one: { services: ["langfuse"] } } },
      `rotation.groups.one.services: \`langfuse\` is not in the catalogue; ${unknown}`,
    ],
  ];
  for (const [what, rotation, expected] of mentioned)
    it(`rejects ${what} of a service that is not in the catalogue`, () =>
      assert.deepEqual(problemsOf(select({}, { rotation })), [expected]));

  it("rejects a copy of a service that is not in the catalogue", () => {
    assert.deepEqual(problemsOf(select({}, { environment: "dev", vault: { ...EXISTING, mirror: { services: ["orders", "langfuse"] } } })), [
      `vault.mirror.services: \`langfuse\` is not in the catalogue; ${unknown}`,
    ]);
  });

  const rejected: [string, object, string][] = [
    [
      "a service that is not in the catalogue",
      { langfuse: {} },
      "services.langfuse: is not in the catalogue; correct the name (there are order-flows, orders), or add a record of it to catalog/services/",
    ],
    [
      "a service that is off and not in the catalogue",
      { langfuse: { enabled: false } },
      "services.langfuse: is not in the catalogue; correct the name (there are order-flows, orders), or add a record of it to catalog/services/",
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
