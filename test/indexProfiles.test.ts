import * as assert from "node:assert/strict";
import type { RoleConfiguration } from "../kube/kinds/cluster";
import { PROFILES, shopCatalogue } from "./support/profiles";
import { CLUSTER, DATABASE, ids, JOB, loginResources, SECRET, specOf, wholeProgram } from "./support/wholeProgram";
import { compareOwned } from "./support/ownedCompared";
import { inventoryFor, secretOf } from "./support/inventories";

describe("the program, with profiles", () => {
  const { up } = wholeProgram();
  const catalog = shopCatalogue();
  const TURNS = { rotation: { strategy: "alternating" } };
  const change = (more: Record<string, unknown> = {}, services: Record<string, object> = {}) => ({
    ...{ catalog: catalog(), gates: {}, bundles: {}, roleApi: "inline" },
    services: { shop: {}, billing: {}, "shop-migrator": {}, "shop-writer": {}, "shop-reader": {}, "shop-monthly-report": {}, ...services },
    ...more,
  });
  const without = (names: readonly string[]) => {
    const given = change();
    return { ...given, services: Object.fromEntries(Object.entries(given.services).filter(([name]) => !names.includes(name))) };
  };

  it("makes for each a login, a Secret and a proof, and no database; of the services nothing becomes another", async () => {
    const [before, after] = [await up("dev", without(PROFILES)), await up("dev", change())];
    const added = ids(after.resources).filter((id) => !ids(before.resources).includes(id));
    assert.deepEqual(
      added.sort(),
      PROFILES.flatMap((name) => [
        ...loginResources(name),
        `cnpg-credentials:index:ApplicationCredential::${name}`,
        `${JOB}::${name}-proof`,
        `${SECRET}::${name}`,
      ]).sort(),
    );
    const kept = before.resources.filter(({ id }) => /^kubernetes:batch|:Database::|-role$/.test(id));
    assert.equal(kept.length, 6);
    for (const { id, inputs } of kept) assert.deepEqual(after.get(id).inputs, inputs, id);
  });

  it("declares their roles with nothing but a login, a migrator as a member of the owner, and lets each into that database alone", async () => {
    const { managed, postgresql } = specOf(await up("dev", change()), CLUSTER) as {
      managed: { roles: RoleConfiguration[] };
      postgresql: { pg_hba: string[] };
    };
    const roles = managed.roles.filter(({ name }) => /^shop_|^reports$/.test(name));
    assert.deepEqual(
      roles.map(({ name, login, inRoles, superuser, createdb, bypassrls }) => [name, login, inRoles, superuser, createdb, bypassrls]),
      [
        ["shop_migrator", true, ["shop"], false, false, false],
        ["shop_writer", true, undefined, false, false, false],
        ["shop_reader", true, undefined, false, false, false],
        ["reports", true, undefined, false, false, false],
      ],
    );
    const lines = postgresql.pg_hba.filter((line) => /shop_reader|reports/.test(line));
    assert.deepEqual(lines, [
      "hostssl shop shop_reader,shop_reader_a,shop_reader_b all scram-sha-256",
      "hostssl shop reports,reports_a,reports_b all scram-sha-256",
    ]);
  });

  it("has the owner's logins give the rights, the same ones at every turn", async () => {
    const giversOf = async (given: Record<string, unknown>) => {
      const made = await up("dev", given);
      const { template } = made.get(`${JOB}::shop-reader-proof`).inputs.spec as {
        template: { spec: { containers: { env: { name: string; valueFrom?: { secretKeyRef: { name: string } } }[] }[] } };
      };
      const env = template.spec.containers[0]!.env.filter(({ name }) => /^(FIRST|SECOND)_PASSWORD$/.test(name));
      return env.map(({ valueFrom }) => valueFrom!.secretKeyRef.name);
    };
    assert.deepEqual(await giversOf(change()), ["shop-db-role"]);
    for (const entry of [
      { active: "a", a: 1 },
      { active: "b", a: 1, b: 2 },
    ])
      assert.deepEqual(await giversOf(change({ rotation: { services: { shop: entry } } }, { shop: TURNS })), [
        "shop-db-role-a",
        "shop-db-role-b",
      ]);
  });

  it("takes turns in a profile as in a service, with roles that are objects, too", async () => {
    const made = await up("dev", change({ roleApi: "databaseRole" }, { "shop-reader": TURNS, "shop-migrator": TURNS }));
    const roles = made.ofKind("DatabaseRole").map(({ inputs }) => inputs.spec as { name: string; login?: boolean; inRoles?: string[] });
    assert.deepEqual(
      roles.filter(({ name }) => /reader|migrator/.test(name)).map(({ name, login, inRoles }) => [name, login ?? false, inRoles]),
      [
        ["shop_migrator", false, ["shop"]],
        ["shop_migrator_a", true, ["shop_migrator"]],
        ["shop_migrator_b", false, ["shop_migrator"]],
        ["shop_reader", false, undefined],
        ["shop_reader_a", true, ["shop_reader"]],
        ["shop_reader_b", false, ["shop_reader"]],
      ],
    );
    assert.deepEqual(
      made.ofKind("Database").map(({ id }) => id),
      [`${DATABASE}::databases-billing`, `${DATABASE}::databases-shop`],
    );
  });

  it("says in its outputs whose database it is, and what they may do there", async () => {
    const { services } = (await up("dev", change())).result;
    assert.deepEqual(services["shop-reader"]!.profile, { kind: "reader", of: "shop", owner: "shop" });
    assert.deepEqual([services["shop-reader"]!.database, services["shop-reader"]!.role], ["shop", "shop_reader"]);
    assert.equal(services.shop!.profile, undefined);
  });

  for (const strategy of ["inPlace", "alternating"])
    it(`is in the inventory as it is made, and the owner's Secrets with whom they serve: ${strategy}`, async () => {
      const given = { ...change({}, strategy === "inPlace" ? {} : { shop: TURNS }) };
      const inventory = await inventoryFor("dev", { ...given, vault: undefined });
      compareOwned(await up("dev", given), inventory);
      const reader = inventory.owners.find(({ name }) => name === "shop-reader")!;
      assert.deepEqual(
        reader.owns.map(({ kind, name, facts }) => [kind, name, facts[0]]),
        [["role", "shop_reader", "may read what is in the database shop, tables of tomorrow too, and change nothing"]],
      );
      const { namespace } = inventory.secrets[0]!;
      const role = secretOf(inventory, `${namespace}/shop-db-role${strategy === "inPlace" ? "" : "-a"}`);
      assert.deepEqual(
        role.consumers.filter((one) => one.startsWith("Job")).map((one) => one.split("/")[1]),
        ["shop", "shop-monthly-report", "shop-reader", "shop-writer"].map((name) => `${name}-db-proof`),
      );
    });
});
