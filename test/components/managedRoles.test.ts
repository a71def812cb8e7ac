import * as assert from "node:assert/strict";
import { ManagedRoles } from "../../components/managedRoles";
import { roleConfiguration } from "../../components/roles";
import { expectedMetadata, place, services } from "../support/fixtures";
import { run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:ManagedRoles::roles";
const ROLE = "kubernetes:postgresql.cnpg.io/v1:DatabaseRole";

const make = (preview = false) =>
  run(
    () => {
      const on = services({ agents: {}, temporal: {} }).map((service) => ({ service, roleSecret: service.roleSecret }));
      return new ManagedRoles("roles", { services: on, place: place(), cluster: "pg" });
    },
    { preview },
  );

describe("components/managedRoles", () => {
  it("makes one DatabaseRole a service, the same in a preview, each a child of the component", async () => {
    for (const preview of [false, true])
      assert.deepEqual(
        (await make(preview)).resources.map(({ id, parent }) => [id, parent]),
        [
          [COMPONENT, undefined],
          [`${ROLE}::roles-agents`, COMPONENT],
          [`${ROLE}::roles-temporal`, COMPONENT],
        ],
      );
  });

  it("keeps the role when the object goes, and gives it no more than the inline one has", async () => {
    const { inputs, options } = (await make()).get(`${ROLE}::roles-temporal`);
    const [temporal] = services({ temporal: {} });
    assert.ok(temporal);
    assert.deepEqual(inputs, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "DatabaseRole",
      metadata: expectedMetadata("temporal", {
        service: "temporal",
        annotations: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
      }),
      spec: {
        cluster: { name: "pg" },
        databaseRoleReclaimPolicy: "retain",
        ...roleConfiguration(temporal, { name: "temporal-db-role" }),
      },
    });
    assert.deepEqual(options, { customTimeouts: { create: "5m", update: "5m" } });
  });
});
