import * as assert from "node:assert/strict";
import { selectServices } from "../../../catalog/service";
import { ownedByService } from "../../../cli/inventory/serviceObjects";
import { chosen, inventoryFor } from "../../support/inventories";
import { compareOwned } from "../../support/ownedCompared";
import { stackFile, type StackName } from "../../support/stackFiles";
import { ALTERNATING, wholeProgram } from "../../support/wholeProgram";

const services = stackFile("dev").services as Record<string, object>;
const WORKLOADS = [
  { kind: "Deployment", name: "graph" },
  { kind: "StatefulSet", name: "graph", namespace: "other" },
];

describe("cli/inventory/serviceObjects, against the program that it is of", () => {
  const { up } = wholeProgram();
  const variants: [string, StackName, Record<string, unknown>][] = [
    // Those of the clone are in test/clone.
    ["its file", "prod", {}],
    ["logins that take turns", "dev", ALTERNATING],
    ["roles as objects", "dev", { roleApi: "databaseRole", ...ALTERNATING }],
    ["services without TLS and with limits", "dev", { services: { graph: { tls: { mode: "prefer" }, connectionLimit: 7 } }, gates: {} }],
  ];
  for (const [what, stack, change] of variants)
    it(`${stack} with ${what}: every role, database and server, and no other`, async () => {
      compareOwned(await up(stack, { ...stackFile(stack), ...change }), await inventoryFor(stack, change));
    });

  it("fails for a role that is made and not in it", async () => {
    const [made, inventory] = [await up("dev", stackFile("dev")), await inventoryFor("dev")];
    const without = (kind: string) => ({
      ...inventory,
      owners: inventory.owners.map((owner) => ({ ...owner, owns: owner.owns.filter((one) => one.kind !== kind) })),
    });
    for (const kind of ["role", "database", "cluster", "store"]) assert.throws(() => compareOwned(made, without(kind)), kind);
  });
});

describe("cli/inventory/serviceObjects", () => {
  const ownedBy = async (name: string, change: Record<string, unknown>) =>
    (await inventoryFor("dev", change)).owners.find((owner) => owner.name === name)!.owns;

  it("says of two logins which role owns the database, and who logs in", async () => {
    const roles = (await ownedBy("graph", ALTERNATING)).filter(({ kind }) => kind === "role");
    assert.deepEqual(
      roles.map(({ name, facts }) => [name, ...facts]),
      [
        // A quarter of what the services have: one of fourteen has half of it, with two logins.
        ["graph", "owns the database graph", "no login: its members log in", "at most 23 connections"],
        ["graph_a", "a member of graph", "logs in, in turns with the other", "at most 23 connections"],
        ["graph_b", "a member of graph", "logs in, in turns with the other", "at most 23 connections"],
      ],
    );
  });

  for (const [restart, words] of [
    ["rollout", "restarted by `pulumi up` when its credential is another"],
    ["reloader", "restarted by Reloader when its credential is another"],
    ["none", "not restarted when its credential is another"],
  ])
    it(`says how workloads are restarted, and how by hand: ${restart}`, async () => {
      const owned = await ownedBy("graph", { services: { ...services, graph: { workloads: WORKLOADS, restart } } });
      assert.deepEqual(
        owned.filter(({ kind }) => kind === "workload"),
        [
          {
            kind: "workload",
            name: "graph",
            object: "Deployment ameide-dev/graph",
            facts: [words, "by hand: `kubectl -n ameide-dev rollout restart deployment/graph`"],
          },
          {
            kind: "workload",
            name: "graph",
            object: "StatefulSet other/graph",
            facts: [words, "by hand: `kubectl -n other rollout restart statefulset/graph`"],
          },
        ],
      );
    });

  it("has extensions, schemas, the Pooler and what initdb made", async () => {
    const { stack } = await chosen("dev");
    const record = {
      name: "vectors",
      description: "Vectors",
      extensions: [{ name: "vector", version: "0.8.0", schema: "search" }, { name: "citext" }],
      schemas: ["search"],
      bootstrapOwner: true as const,
    };
    const settings = { enabled: true, restart: "rollout" as const, pooler: "pooler-rw" };
    const selected = selectServices([record], { ...stack, services: { vectors: settings } });
    assert.ok("services" in selected, JSON.stringify(selected));
    const scope = { stack, services: selected.services, gates: [], fetched: [] };
    assert.deepEqual(ownedByService(scope, selected.services[0]!).find(({ kind }) => kind === "database")?.facts, [
      "vectors and its members may connect, over TLS only",
      "clients come through the Pooler ameide-dev/pooler-rw",
      "extension vector 0.8.0 in the schema search",
      "extension citext",
      "schema search",
      "made with the Cluster",
      "kept when the service is turned off",
    ]);
  });
});
