import * as assert from "node:assert/strict";
import type { Slot } from "../../catalog/names";
import { ManagedRoles } from "../../components/managedRoles";
import { droppedRole } from "../../components/roles";
import type { RoleConfiguration } from "../../kube/kinds/cluster";
import { declaredRole, objectRole } from "../../kube/kinds/roleAttributes";
import { expectedMetadata, place, service, waitedMetadata } from "../support/fixtures";
import { run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:ManagedRoles::roles";
const ROLE = "kubernetes:postgresql.cnpg.io/v1:DatabaseRole";

/** Some role; what a role is made of is another's business. */
function role(name: string): RoleConfiguration {
  const configuration: RoleConfiguration = { ...droppedRole({ role: name }), passwordSecret: { name: `${name}-secret` } };
  delete configuration.ensure;
  return configuration;
}
const temporal = new Map<Slot, RoleConfiguration>([
  ["owner", role("temporal")],
  ["a", role("temporal_a")],
  ["b", role("temporal_b")],
]);
const make = (preview = false) =>
  run(
    () => {
      const on = [
        { service: service("agents"), roles: new Map<Slot, RoleConfiguration>([["owner", role("agents")]]) },
        { service: service("temporal"), roles: temporal },
      ];
      return new ManagedRoles("roles", { services: on, place: place(), cluster: "pg" });
    },
    { preview },
  );

describe("components/managedRoles", () => {
  it("says what a role may, and leaves out what it may not", () => {
    const { ensure: _, ...least } = droppedRole({ role: "agents" });
    for (const attribute of ["login", "superuser", "createdb", "createrole", "replication", "bypassrls"] as const) {
      const said = objectRole({ ...least, [attribute]: true, inherit: false });
      assert.deepEqual(said, { name: "agents", [attribute]: true, inherit: false, connectionLimit: -1 });
      assert.deepEqual(declaredRole(said), { ...least, [attribute]: true, inherit: false });
    }
  });

  it("makes one DatabaseRole a role, the same in a preview, each a child of the component", async () => {
    for (const preview of [false, true])
      assert.deepEqual(
        (await make(preview)).resources.map(({ id, parent }) => [id, parent]),
        [
          [COMPONENT, undefined],
          [`${ROLE}::roles-agents`, COMPONENT],
          [`${ROLE}::roles-temporal`, COMPONENT],
          [`${ROLE}::roles-temporal-a`, COMPONENT],
          [`${ROLE}::roles-temporal-b`, COMPONENT],
        ],
      );
  });

  const objects: [string, Slot, string, string[]][] = [
    ["the owner", "owner", "temporal", []],
    ["a login, made after what it is member of", "a", "temporal-a", [`${ROLE}::roles-temporal`]],
    ["the other login, too", "b", "temporal-b", [`${ROLE}::roles-temporal`]],
  ];
  // To delete one while applications are logged in with it is part of going back to inline roles.
  for (const [what, , object, expected] of objects)
    it(`keeps the role when its object goes: ${what}`, async () => {
      const { inputs, options, dependsOn } = (await make()).get(`${ROLE}::roles-${object}`);
      const metadata = waitedMetadata(inputs, "jsonpath={.status.applied}=true");
      assert.deepEqual(
        { ...inputs, metadata },
        {
          apiVersion: "postgresql.cnpg.io/v1",
          kind: "DatabaseRole",
          metadata: expectedMetadata(object, { service: "temporal" }),
          // Nothing that is false, which CloudNativePG would take out.
          spec: {
            cluster: { name: "pg" },
            databaseRoleReclaimPolicy: "retain",
            name: object.replace("-", "_"),
            inherit: true,
            connectionLimit: -1,
            passwordSecret: { name: `${object.replace("-", "_")}-secret` },
          },
        },
      );
      assert.deepEqual(options, { customTimeouts: { create: "5m", update: "5m" } });
      assert.deepEqual(dependsOn, expected);
    });
});
