import * as assert from "node:assert/strict";
import type { RoleConfiguration } from "../../kube/kinds/cluster";
import type { Inventory, Owned } from "../../cli/inventory/types";
import type { Registration, Run } from "./program";

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

/**
 * Asserts that an inventory has every role, database and server that a program makes, and no other.
 */
export function compareOwned(made: Run<unknown>, { owners, gates }: Inventory): void {
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
