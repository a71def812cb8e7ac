import * as assert from "node:assert/strict";
import { selectServices } from "../../catalog/service";
import type { RoleConfiguration } from "../../crds/cluster";
import { ownedByService } from "../../inventory/owned";
import type { Inventory, Owned } from "../../inventory/types";
import { chosen, inventoryFor } from "../support/inventories";
import type { Registration, Run } from "../support/program";
import { stackFile, STACKS, type StackName } from "../support/stackFiles";
import { ALTERNATING, wholeProgram } from "../support/wholeProgram";

const services = stackFile("dev").services as Record<string, object>;
const WORKLOADS = [
  { kind: "Deployment", name: "graph" },
  { kind: "StatefulSet", name: "graph", namespace: "other" },
];

const objectOf = (kind: string, { inputs }: Registration) => {
  const { namespace, name } = inputs.metadata as { namespace?: string; name: string };
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
};
const objects = ({ ofKind }: Run<unknown>, kind: string) => ofKind(kind).map((one) => objectOf(kind, one));
const limit = ({ facts }: Owned) => Number(/at most (\d+)/.exec(facts.join())?.[1] ?? -1);
const group = ({ facts }: Owned) => /a member of (\w+)/.exec(facts.join())?.[1];

/** The roles of a program, by what declares them. */
function rolesMade(made: Run<unknown>): unknown[] {
  const row = (object: string, { name, connectionLimit, inRoles = [] }: RoleConfiguration) => [object, name, connectionLimit, inRoles[0]];
  return [
    ...made.ofKind("Cluster").flatMap((one) => {
      const { managed } = one.inputs.spec as { managed?: { roles?: RoleConfiguration[] } };
      return (managed?.roles ?? []).map((role) => row(objectOf("Cluster", one), role));
    }),
    ...made.ofKind("DatabaseRole").map((one) => row(objectOf("DatabaseRole", one), one.inputs.spec as RoleConfiguration)),
  ];
}

function databasesMade(made: Run<unknown>): unknown[] {
  const { postgresql } = made.ofKind("Cluster")[0]!.inputs.spec as { postgresql: { pg_hba: string[] } };
  return made.ofKind("Database").map((one) => {
    const { name, owner } = one.inputs.spec as { name: string; owner: string };
    const line = postgresql.pg_hba.find((rule) => rule.split(" ")[1] === name)!;
    return [objectOf("Database", one), name, `${owner} and its members may connect${line.startsWith("hostssl ") ? ", over TLS only" : ""}`];
  });
}

function compare(made: Run<unknown>, { owners, gates }: Inventory): void {
  const owned = owners.flatMap(({ owns }) => owns);
  const of = (kind: string) => owned.filter((one) => one.kind === kind);
  const sorted = (rows: readonly unknown[]) => rows.map((one) => JSON.stringify(one)).sort();
  assert.deepEqual(sorted(of("role").map((one) => [one.object, one.name, limit(one), group(one)])), sorted(rolesMade(made)));
  assert.deepEqual(sorted(of("database").map(({ object, name, facts }) => [object, name, facts[0]])), sorted(databasesMade(made)));
  const others = owned.filter(({ kind }) => !["role", "database", "workload"].includes(kind)).map(({ object }) => object);
  const known = ["Cluster", "StatefulSet", "CronJob", "ClusterSecretStore"].flatMap((kind) => objects(made, kind));
  const isGate = (object: string) => gates.some(({ name }) => object.endsWith(`/secrets-smoke-${name}`));
  assert.deepEqual(others.sort(), known.filter((object) => !isGate(object)).sort());
  assert.equal(known.filter(isGate).length, gates.length);
}

describe("inventory/owned, against the program that it is of", () => {
  const { up } = wholeProgram();
  const variants: [string, StackName, Record<string, unknown>][] = [
    ...STACKS.map((stack): [string, StackName, Record<string, unknown>] => ["its file", stack, {}]),
    ["logins that take turns", "dev", ALTERNATING],
    ["roles as objects", "dev", { roleApi: "databaseRole", ...ALTERNATING }],
    ["services without TLS and with limits", "dev", { services: { graph: { tls: { mode: "prefer" }, connectionLimit: 7 } }, gates: {} }],
  ];
  for (const [what, stack, change] of variants)
    it(`${stack} with ${what}: every role, database and server, and no other`, async () => {
      compare(await up(stack, { ...stackFile(stack), ...change }), await inventoryFor(stack, change));
    });

  it("fails for a role that is made and not in it", async () => {
    const [made, inventory] = [await up("dev", stackFile("dev")), await inventoryFor("dev")];
    const without = (kind: string) => ({
      ...inventory,
      owners: inventory.owners.map((owner) => ({ ...owner, owns: owner.owns.filter((one) => one.kind !== kind) })),
    });
    for (const kind of ["role", "database", "cluster", "store"]) assert.throws(() => compare(made, without(kind)), kind);
  });
});

describe("inventory/owned", () => {
  const ownedBy = async (name: string, change: Record<string, unknown>) =>
    (await inventoryFor("dev", change)).owners.find((owner) => owner.name === name)!.owns;

  it("says of two logins which role owns the database, and who logs in", async () => {
    const roles = (await ownedBy("graph", ALTERNATING)).filter(({ kind }) => kind === "role");
    assert.deepEqual(
      roles.map(({ name, facts }) => [name, ...facts]),
      [
        ["graph", "owns the database graph", "no login: its members log in"],
        ["graph_a", "a member of graph", "logs in, in turns with the other"],
        ["graph_b", "a member of graph", "logs in, in turns with the other"],
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
