import * as assert from "node:assert/strict";
import { soundBundles, soundServices } from "../../catalog/recordSchema";
import { selectServices } from "../../catalog/service";
import { bundles } from "../../catalog/bundles";
import { catalogue } from "../../catalog/services";
import { problemsOf, lines } from "../support/problems";

const record = (more: object) => ({ name: "webshop", description: "Shop", ...more });
const heard = (...records: unknown[]) => lines(soundServices(records).problems);

describe("catalog/recordSchema", () => {
  it("takes every record there is", () => {
    assert.deepEqual(soundServices(catalogue).problems, []);
    assert.deepEqual(soundBundles(bundles).problems, []);
  });

  const cases: [what: string, record: unknown, ...expected: string[]][] = [
    [
      "a field that is misspelt",
      record({ databse: "webshop" }),
      "catalog.webshop.databse: is not a field of a record; did you mean `database`?; write `database`",
    ],
    [
      "a field that is misspelt within another",
      record({ secret: { tempalte: "pg" } }),
      "catalog.webshop.secret.tempalte: is not a field of a record; did you mean `template`?; write `template`",
    ],
    [
      "no description",
      { name: "webshop" },
      "catalog.webshop.description: is missing, and has no default; set it in the record to a string",
    ],
    [
      "a description that is misspelt",
      { name: "webshop", descripton: "Shop" },
      "catalog.webshop.descripton: is not a field of a record; did you mean `description`?; write `description`",
    ],
    ["no name", { description: "Shop" }, "catalog.0.name: is missing, and has no default; set it in the record to a string"],
    ["nothing, where an import is empty", undefined, "catalog.0: is missing, and has no default; set it in the record to a mapping"],
    [
      "text where a list is meant",
      record({ schemas: "audit" }),
      "catalog.webshop.schemas: is a string where a list is expected; write `schemas: [audit]`",
    ],
    [
      "a key of an external Secret that is misspelt",
      record({ externalSecrets: [{ name: "a", kyes: ["A"] }] }),
      "catalog.webshop.externalSecrets.0.kyes: is not a field of a record; did you mean `keys`?; write `keys`",
    ],
  ];
  for (const [what, one, ...expected] of cases) it(`names ${what}`, () => assert.deepEqual(heard(one), expected));

  it("says so of a stack, with what is wrong of the other records and of its services", () => {
    const stack = { services: { shp: { enabled: true } }, tls: {}, cluster: { name: "pg" }, rotation: { services: {}, groups: {} } };
    const records = [record({ databse: "x" }), { name: "shop", description: "Shop", role: "pg_shop" }];
    const told = problemsOf(selectServices(records as never, stack as never)).map((line) => line.split(": ")[0]);
    assert.deepEqual(told, ["catalog.webshop.databse", "catalog.shop.role", "services.shp"]);
  });
});
