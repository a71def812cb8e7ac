import * as assert from "node:assert/strict";
import type { Service } from "../../catalog/service";
import { Databases } from "../../components/databases";
import { expectedMetadata, place, service, services, waitedMetadata } from "../support/fixtures";
import { run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:Databases::databases";
const DATABASE = "kubernetes:postgresql.cnpg.io/v1:Database";

const make = (on: readonly Service[], preview = false) =>
  run(() => new Databases("databases", { services: on, place: place(), cluster: "pg" }), { preview });

describe("components/databases", () => {
  it("makes one Database a service, the same in a preview, each a child of the component", async () => {
    for (const preview of [false, true])
      assert.deepEqual(
        (await make(services({ agents: {}, inference: {} }), preview)).resources.map(({ id, parent }) => [id, parent]),
        [
          [COMPONENT, undefined],
          [`${DATABASE}::databases-agents`, COMPONENT],
          [`${DATABASE}::databases-inference`, COMPONENT],
        ],
      );
  });

  it("keeps the database when the object goes", async () => {
    const { inputs, options } = (await make([service("inference")])).get(`${DATABASE}::databases-inference`);
    const metadata = waitedMetadata(inputs, "jsonpath={.status.applied}=true");
    assert.deepEqual(
      { ...inputs, metadata },
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Database",
        metadata: expectedMetadata("inference", { service: "inference" }),
        spec: { cluster: { name: "pg" }, name: "langgraph", owner: "inference", databaseReclaimPolicy: "retain" },
      },
    );
    assert.deepEqual(options, { customTimeouts: { create: "5m", update: "5m" } });
  });

  it("is made with the encoding and the collation that its record says", async () => {
    const of: Service = { ...service("agents"), creation: { encoding: "UTF8", collate: "C", ctype: "C", template: "template0" } };
    const { inputs } = (await make([of])).get(`${DATABASE}::databases-agents`);
    const { encoding, localeCollate, localeCType, template } = inputs.spec as Record<string, unknown>;
    assert.deepEqual([encoding, localeCollate, localeCType, template], ["UTF8", "C", "C", "template0"]);
  });

  it("installs extensions and makes schemas that the role owns", async () => {
    const of: Service = {
      ...service("agents"),
      extensions: [{ name: "vector", version: "0.8", reason: "embeddings" }],
      schemas: ["audit"],
    };
    const { inputs } = (await make([of])).get(`${DATABASE}::databases-agents`);
    const { extensions, schemas } = inputs.spec as Record<string, unknown>;
    assert.deepEqual(extensions, [{ name: "vector", version: "0.8", ensure: "present" }]);
    assert.deepEqual(schemas, [{ name: "audit", ensure: "present", owner: "agents" }]);
  });
});
