import * as assert from "node:assert/strict";
import { isAdopted, planRotation, planRotations } from "../../rotation/plan";
import { service } from "../support/fixtures";
import { agents, inPlace, inWords, plan, type Given } from "../support/plans";

const base = { bootstrapOwner: true } as const;

describe("rotation/plan", () => {
  const cases: [string, Given, string][] = [
    ["in place: nothing is said", inPlace, "owner; owner 0.0.0 +"],
    ["in place: the first generation", { ...inPlace, entry: { generation: 0 } }, "owner; owner 0.0.0 +"],
    ["in place: another generation is another password of the same login", { ...inPlace, entry: { generation: 4 } }, "owner; owner 4 +"],
    ["in place: a generation of the older form stays as it is", { ...inPlace, entry: { generation: "0.1.2" } }, "owner; owner 0.1.2 +"],
    ["in place: what it began with", { ...inPlace, entry: { generation: 4, first: 3 } }, "owner; owner 4 +; since 3"],
    ["in place: what it began with, in the older form", { ...inPlace, entry: { first: "2.0.0" } }, "owner; owner 0.0.0 +; since 2.0.0"],
    [
      "in place: a login from when they took turns is in, and the new one is proven first",
      { ...inPlace, entry: { generation: 5, b: 4 } },
      "owner; owner 5 +, b 4 +; b still in; proven first",
    ],
    [
      "in place: of two from when they took turns, one goes",
      { ...inPlace, entry: { generation: 5, a: "retired", b: 4 } },
      "owner; owner 5 +, b 4 +; b still in; agents_a dropped; proven first",
    ],
    [
      "in place: both are gone for good",
      { ...inPlace, entry: { generation: 5, a: "retired", b: "retired" } },
      "owner; owner 5 +; agents_a, agents_b dropped",
    ],
    ["in place: the owner that initdb knows is the one in use", { ...inPlace, ...base }, "owner; owner 0.0.0 +"],
    ["alternating: nothing is said: a's, and b waits with a password that nothing uses", {}, "a; a 0.0.0 +, b unused; proven first"],
    ["alternating: the same, said", { entry: { active: "a", a: 0 } }, "a; a 0.0.0 +, b unused; proven first"],
    ["alternating: only what it began with is said", { entry: { first: 0 } }, "a; a 0.0.0 +, b unused; proven first"],
    ["alternating: a without a word of who is in use", { entry: { a: 3 } }, "a; a 3 +, b unused; proven first"],
    ["alternating: b is in use, and a still in", { entry: { active: "b", a: 3, b: 4 } }, "b; a 3 +, b 4 +; a still in; proven first"],
    [
      "alternating: the turn is taken back, with the password of then",
      { entry: { active: "a", a: 3, b: 4 } },
      "a; a 3 +, b 4 +; b still in; proven first",
    ],
    [
      "alternating: retired, the login before is out, and its password, too",
      { entry: { active: "b", a: "retired", b: 4 } },
      "b; a unused, b 4 +; proven first",
    ],
    [
      "alternating: in the older form",
      { entry: { active: "b", a: "0.1.2", b: "0.1.3" } },
      "b; a 0.1.2 +, b 0.1.3 +; a still in; proven first",
    ],
    [
      "alternating, from in place: the owner is still in",
      { entry: { active: "a", a: 1, owner: 0 } },
      "a; owner 0.0.0 +, a 1 +, b unused; owner still in; proven first",
    ],
    [
      "alternating, from in place: the owner is retired, and has no password any more",
      { entry: { active: "a", a: 1, owner: "retired" } },
      "a; a 1 +, b unused; proven first",
    ],
    [
      "alternating: the owner that initdb knows keeps its Secret, and may not log in",
      { ...base, entry: { active: "a", a: 1, owner: "retired" } },
      "a; owner unused, a 1 +, b unused; proven first",
    ],
    ["alternating: the owner that initdb knows, from the beginning", base, "a; owner unused, a 0.0.0 +, b unused; proven first"],
    [
      "alternating, adopted: what is adopted is in, and unchanged, while a proves itself",
      { entry: { active: "a", a: 1, owner: "adopted" }, adopt: { secret: "old", key: "password" } },
      "a; owner adopted +, a 1 +, b unused; owner still in; proven first",
    ],
  ];
  for (const [what, given, expected] of cases) it(what, () => assert.equal(plan(given), expected));

  it("names each login's role, Secret and object, the active one among them", () => {
    const made = planRotation(service("agents-runtime", { rotation: { strategy: "alternating" } }));
    assert.deepEqual(
      made.logins.map(({ role, secret, object }) => [role, secret, object]),
      [
        ["agents_runtime_a", "agents-runtime-db-role-a", "agents-runtime-a"],
        ["agents_runtime_b", "agents-runtime-db-role-b", "agents-runtime-b"],
      ],
    );
    assert.equal(made.active, made.logins[0]);
  });

  it("plans every service, as its own entry says", () => {
    const made = planRotations([agents({ entry: { active: "b", b: 2 } }), service("graph")]);
    assert.deepEqual(
      made.map(({ service: of, plan: one }) => `${of.name} ${one.service}: ${inWords(one)}`),
      ["agents agents: b; a unused, b 2 +; proven first", "graph graph: owner; owner 0.0.0 +"],
    );
  });

  describe("an adopted password is", () => {
    const old = { secret: "old", key: "password" };
    const own = (slot: string) => ({ secret: `agents-db-role${slot}`, key: "password" });
    const adopters: [string, Given, string[]][] = [
      ["nobody's, where nothing is adopted", inPlace, []],
      ["the owner's, when the service begins", { ...inPlace, adopt: old }, ["owner"]],
      [
        "the owner's, when the service begins in a later generation",
        { ...inPlace, adopt: old, entry: { generation: 3, first: 3 } },
        ["owner"],
      ],
      ["nobody's, once it has been rotated", { ...inPlace, adopt: old, entry: { generation: 1 } }, []],
      ["the owner's, beside the first of two that take turns", { adopt: old, entry: { active: "a", a: 1, owner: "adopted" } }, ["owner"]],
      ["the owner's, adopted in place before they took turns", { adopt: old, entry: { active: "a", a: 1, owner: 0 } }, ["owner"]],
      ["nobody's, once the owner is retired", { adopt: old, entry: { active: "a", a: 1, owner: "retired" } }, []],
      ["that of the login whose Secret is named", { adopt: own("-b"), entry: { active: "b", a: 3, b: 4 } }, ["b"]],
      ["the owner's, whose Secret is named, in any generation", { ...inPlace, adopt: own(""), entry: { generation: 7 } }, ["owner"]],
    ];
    for (const [what, given, expected] of adopters)
      it(what, () => {
        const of = agents(given);
        const made = planRotation(of);
        assert.deepEqual(
          made.logins.filter((login) => isAdopted(of, made, login)).map(({ slot }) => slot),
          expected,
        );
      });
  });
});
