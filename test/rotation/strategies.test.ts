import * as assert from "node:assert/strict";
import type { LiveCredential } from "../../rotation/plan";
import { inPlace, plan, reading, type Given } from "../support/plans";
import { tells } from "../support/told";

describe("rotation/plan, from one strategy to another", () => {
  const cases: [string, Given, LiveCredential, string][] = [
    [
      "from in place to alternating: a proves itself while the owner is still in",
      {},
      { application: reading("owner", "0.0.1"), generations: { owner: "0.0.1" } },
      "owner -> a; owner 0.0.1 +, a 0.0.1 +, b unused; owner still in; rotates; proven first",
    ],
    [
      "from in place to alternating, settled: the owner is in until it is retired",
      {},
      { application: reading("a", "0.0.1", "owner"), generations: { owner: "0.0.1", a: "0.0.1", b: "unused" } },
      "a -> a; owner 0.0.1 +, a 0.0.1 +, b unused; owner still in; proven first",
    ],
    [
      "from in place to alternating, retired: the owner has no password any more",
      { retired: "0.0.1" },
      { application: reading("a", "0.0.1", "owner"), generations: { owner: "0.0.1", a: "0.0.1", b: "unused" } },
      "a -> a; a 0.0.1 +, b unused; proven first",
    ],
    [
      "from in place to alternating, retired: the owner that initdb knows keeps its Secret, and may not log in",
      { retired: "0.0.1", bootstrapOwner: true },
      { application: reading("a", "0.0.1", "owner"), generations: { owner: "0.0.1", a: "0.0.1", b: "unused" } },
      "a -> a; owner unused, a 0.0.1 +, b unused; proven first",
    ],
    [
      "back to alternating soon after: not the login that may still be in use",
      {},
      { application: reading("owner", "0.0.1", "a"), generations: { owner: "0.0.1", a: "0.0.1" } },
      "owner -> b; owner 0.0.1 +, a unused, b 0.0.1 +; owner still in; rotates; proven first",
    ],
    [
      "from alternating to in place: the owner proves itself while a is in, and b goes",
      inPlace,
      { application: reading("a", "0.0.1", "b"), generations: { a: "0.0.1", b: "0.0.0" } },
      "a -> owner; owner 0.0.1 +, a 0.0.1 +; a still in; agents_b dropped; rotates; proven first",
    ],
    [
      "from alternating to in place, settled",
      inPlace,
      { application: reading("owner", "0.0.1", "a"), generations: { owner: "0.0.1", a: "0.0.1" } },
      "owner -> owner; owner 0.0.1 +, a 0.0.1 +; a still in",
    ],
    [
      "from alternating to in place, retired: a goes",
      { ...inPlace, retired: "0.0.1" },
      { application: reading("owner", "0.0.1", "a"), generations: { owner: "0.0.1", a: "0.0.1" } },
      "owner -> owner; owner 0.0.1 +; agents_a dropped",
    ],
    [
      "from alternating to in place, both long gone: the Cluster stays as it is",
      inPlace,
      { application: reading("owner", "0.0.1"), generations: { owner: "0.0.1" }, absent: ["agents_a", "agents_b", "graph_a"] },
      "owner -> owner; owner 0.0.1 +; agents_a, agents_b dropped",
    ],
    [
      "alternating again, one of two gone",
      {},
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1" }, absent: ["agents_b"] },
      "a -> a; a 0.0.1 +, b unused; proven first",
    ],
    [
      "adopted in place: what is adopted is the owner's",
      { ...inPlace, adopt: { secret: "old", key: "password" } },
      { generations: {} },
      "owner -> owner; owner 0.0.1 +",
    ],
    [
      "adopted, then alternating: what is adopted stays in, and unchanged, while a proves itself",
      { adopt: { secret: "old", key: "password" } },
      { generations: {} },
      "owner -> a; owner adopted +, a 0.0.1 +, b unused; owner still in; rotates; proven first",
    ],
    [
      "adopted from the Secret that the application reads",
      { adopt: { secret: "agents-db-secret", key: "password" } },
      { application: {}, generations: {} },
      "owner -> a; owner adopted +, a 0.0.1 +, b unused; owner still in; rotates; proven first",
    ],
    [
      "adopted, then killed before the application's Secret was written: what is adopted stays in",
      { adopt: { secret: "old", key: "password" } },
      { generations: { owner: "adopted", a: "0.0.1", b: "unused" } },
      "nothing -> a; owner adopted +, a 0.0.1 +, b unused; owner still in; proven first",
    ],
    [
      "adopted, then killed before the owner's Secret was written: what is adopted stays in",
      { adopt: { secret: "old", key: "password" } },
      { generations: { a: "0.0.1" } },
      "nothing -> a; owner adopted +, a 0.0.1 +, b unused; owner still in; proven first",
    ],
    [
      "adopted long ago: `adopt` says nothing any more",
      { adopt: { secret: "old", key: "password" }, generation: "0.0.2" },
      { application: reading("b", "0.0.2", "a"), generations: { a: "0.0.1", b: "0.0.2" } },
      "b -> b; a 0.0.1 +, b 0.0.2 +; a still in; proven first",
    ],
  ];
  for (const [what, given, live, expected] of cases) it(what, () => assert.equal(plan(given, live), expected));

  it("back to in place, and the application's Secret is gone: two logins may be the one in use", () => {
    const said = plan({ strategy: "inPlace", generation: "0.0.2" }, { generations: { a: "0.0.1", b: "0.0.2" } });
    tells([said], [["rotation.services.agents", "`agents-db-secret`", "is gone"]]);
  });
});
