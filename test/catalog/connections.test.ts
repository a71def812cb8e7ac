import * as assert from "node:assert/strict";
import { limitConnections, type Limited } from "../../catalog/connections";
import type { Service } from "../../catalog/service";

const service = (name: string, strategy: "inPlace" | "alternating" = "inPlace", pooler?: string) =>
  ({ name, connectionLimit: -1, rotation: { strategy, entry: {} }, ...(pooler === undefined ? {} : { pooler }) }) as unknown as Service;
const silent = (name: string, strategy?: "inPlace" | "alternating", pooler?: string): Limited => ({
  service: service(name, strategy, pooler),
  declared: undefined,
});
const limited = (name: string, declared: number, strategy?: "inPlace" | "alternating"): Limited => ({
  service: service(name, strategy),
  declared,
});
const many = (count: number) => Array.from({ length: count }, (_, index) => silent(`s${index}`));

function limits(of: readonly Limited[], parameters: Record<string, string> = {}): Record<string, number> {
  const found = limitConnections(of, { parameters });
  assert.ok("services" in found, JSON.stringify(found));
  return Object.fromEntries(found.services.map(({ name, connectionLimit }) => [name, connectionLimit]));
}

describe("catalog/connections", () => {
  it("leaves others half of what there is, whichever service that says nothing takes all that it may", () => {
    for (const max_connections of ["100", "200", "400"]) {
      const found = limits(many(14), { max_connections });
      const free = Number(max_connections) - 3 - 5;
      for (const [name, limit] of Object.entries(found))
        assert.ok(limit > 0 && free - limit >= Math.floor(free / 2), `${name} ${limit} of ${free}`);
    }
    assert.equal(limits(many(14)).s0, 46);
  });

  it("gives one alone, and the last that says nothing, what is left", () => {
    assert.deepEqual(limits(many(1)), { s0: 92 });
    assert.deepEqual(limits([limited("a", 40), silent("b")]), { a: 40, b: 52 });
  });

  it("counts two logins that take turns as two: both may be in use", () => {
    assert.deepEqual(limits([silent("a", "alternating"), silent("b")]), { a: 23, b: 46 });
  });

  it("takes off what is reserved, and what Poolers look passwords up with", () => {
    const parameters = { max_connections: "208", superuser_reserved_connections: "10", reserved_connections: "30" };
    assert.deepEqual(limits([silent("a", "inPlace", "pooler-rw")], parameters), { a: 208 - 10 - 30 - 5 - 5 });
  });

  it("goes by what is declared, no limit included", () => assert.deepEqual(limits([limited("a", -1), limited("b", 92)]), { a: -1, b: 92 }));

  it("breaks no stack that declares nothing, however little Postgres has", () => {
    assert.deepEqual(limits(many(3), { max_connections: "10" }), { s0: 1, s1: 1, s2: 1 });
    assert.deepEqual(limits(many(1), { max_connections: "many" }), { s0: -1 });
  });

  const refusals: [what: string, of: readonly Limited[], parameters: Record<string, string>, message: RegExp][] = [
    [
      "more than there is",
      [limited("a", 50), limited("b", 43)],
      {},
      /a 50, b 43, 93 in all: Postgres has 92 for them \(`max_connections` 100, less 3 for superusers, 5 for CloudNativePG and commands\)$/,
    ],
    ["twice what there is half of", [limited("a", 47, "alternating")], {}, /a 2 × 47, 94 in all: Postgres has 92/],
    [
      "nothing for those that say nothing",
      [limited("a", 91), ...many(2)],
      {},
      /a 91, 91 in all, and 2 logins without one need one each: Postgres has 92/,
    ],
    [
      "what is reserved",
      [limited("a", 60)],
      { max_connections: "100", reserved_connections: "40" },
      /60 in all: Postgres has 52 for them .*40 that are reserved/,
    ],
  ];
  for (const [what, of, parameters, message] of refusals)
    it(`refuses limits that take ${what}, with the sum`, () => {
      const found = limitConnections(of, { parameters });
      assert.ok("problems" in found);
      const [{ path, message: said, remedy }] = found.problems as [{ path: string; message: string; remedy: string }];
      assert.equal(path, "services");
      assert.match(said, message);
      assert.match(remedy, /max_connections/);
    });
});
