import * as assert from "node:assert/strict";
import { firstOwner, isMadeOtherwise, secretOfFirstOwner, type Bootstrap } from "../../kube/bootstrap";

describe("kube/bootstrap", () => {
  const own = { database: "shop", owner: "shop" };
  const cases: [what: string, bootstrap: Bootstrap | undefined, expected: [way: string, role: string, secret: string] | undefined][] = [
    ["initdb without a Secret", { initdb: own }, ["initdb", "shop", "pg-app"]],
    ["initdb with a Secret", { initdb: { ...own, secret: { name: "mine" } } }, ["initdb", "shop", "mine"]],
    ["an import", { initdb: { ...own, import: {} } as Bootstrap["initdb"] }, ["initdb", "shop", "pg-app"]],
    ["recovery", { recovery: own }, ["recovery", "shop", "pg-app"]],
    ["recovery with a Secret", { recovery: { ...own, secret: { name: "restored" } } }, ["recovery", "shop", "restored"]],
    ["pg_basebackup", { pg_basebackup: own }, ["pg_basebackup", "shop", "pg-app"]],
    ["recovery of everything, with no database of its own", { recovery: {} }, undefined],
    ["initdb that makes no database", { initdb: { owner: "", database: "" } }, undefined],
    ["nothing", undefined, undefined],
  ];
  for (const [what, bootstrap, expected] of cases)
    it(`knows whose password CloudNativePG sets after ${what}`, () => {
      const first = firstOwner("pg", bootstrap);
      assert.deepEqual(first && [first.way, first.role, first.secret], expected);
    });

  it("leads it to another Secret where it is read", () =>
    assert.deepEqual(secretOfFirstOwner(firstOwner("pg", { recovery: own })!, "shop-db-role"), {
      spec: { bootstrap: { recovery: { secret: { name: "shop-db-role" } } } },
    }));

  it("tells a Cluster that was made in another way, or for another owner", () => {
    const is = (bootstrap: Bootstrap | undefined, owner?: string) => isMadeOtherwise("pg", bootstrap, owner);
    assert.deepEqual([is(undefined, "shop"), is({ initdb: own }, "shop"), is({ initdb: {} }, "shop")], [false, false, false]);
    assert.deepEqual([is({ initdb: own }, "dbuser"), is({ recovery: {} }, "shop"), is({ pg_basebackup: own }, "shop")], [true, true, true]);
  });
});
