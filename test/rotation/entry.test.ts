import * as assert from "node:assert/strict";
import { checkEntry, type RotationEntry } from "../../config/rotation";
import type { Strategy } from "../../config/schema";
import { countOf, entryText, generationOf, generationText, isDefault, retired, rotated, switched } from "../../rotation/entry";
import { observed, type LiveCredential } from "../../rotation/live";
import { inPlace, reading, agents, type Given } from "../support/plans";

type Case = [what: string, strategy: Strategy, before: RotationEntry, after: RotationEntry];
const [IN_PLACE, BY_TURNS] = ["inPlace", "alternating"] as const;

describe("rotation/entry", () => {
  const turns: Case[] = [
    ["in place, of which nothing is said", IN_PLACE, {}, { generation: 1 }],
    ["in place", IN_PLACE, { generation: 4, first: 2 }, { generation: 5, first: 2 }],
    ["in place, of the older form", IN_PLACE, { generation: "0.1.2" }, { generation: 4 }],
    ["in place, adopted", IN_PLACE, { generation: "adopted" }, { generation: 1 }],
    ["in place, with a login from when they took turns", IN_PLACE, { generation: 5, b: 4 }, { generation: 6, a: "retired", b: "retired" }],
    ["alternating, of which nothing is said", BY_TURNS, {}, { active: "b", a: 0, b: 1 }],
    ["alternating, from a", BY_TURNS, { active: "a", a: 3, b: "retired" }, { active: "b", a: 3, b: 4 }],
    ["alternating, from b", BY_TURNS, { active: "b", a: 3, b: 4 }, { active: "a", a: 5, b: 4 }],
    ["alternating, taken back before", BY_TURNS, { active: "a", a: 3, b: 4 }, { active: "b", a: 3, b: 5 }],
    ["alternating, with the owner still in", BY_TURNS, { active: "a", a: 1, owner: 0 }, { active: "b", a: 1, b: 2, owner: "retired" }],
    [
      "alternating, with an adopted owner",
      BY_TURNS,
      { active: "a", a: 1, owner: "adopted" },
      { active: "b", a: 1, b: 2, owner: "retired" },
    ],
    ["alternating, of the older form", BY_TURNS, { active: "a", a: "2.0.1" }, { active: "b", a: "2.0.1", b: 4 }],
  ];
  for (const [what, strategy, before, after] of turns)
    it(`the next turn: ${what}`, () => assert.deepEqual(rotated(strategy, before), after));

  const ends: Case[] = [
    ["in place, where there is none", IN_PLACE, { generation: 5 }, { generation: 5 }],
    ["in place, of both that took turns", IN_PLACE, { generation: 5, b: 4 }, { generation: 5, a: "retired", b: "retired" }],
    ["alternating, where there is none", BY_TURNS, {}, { active: "a", a: 0 }],
    ["alternating", BY_TURNS, { active: "b", a: 3, b: 4 }, { active: "b", a: "retired", b: 4 }],
    ["alternating, of the owner", BY_TURNS, { active: "a", a: 1, owner: 0 }, { active: "a", a: 1, owner: "retired" }],
  ];
  for (const [what, strategy, before, after] of ends)
    it(`the end of the login before: ${what}`, () => assert.deepEqual(retired(strategy, before), after));

  const ways: Case[] = [
    ["to alternating, of which nothing is said", IN_PLACE, {}, { active: "a", a: 1, owner: 0 }],
    ["to alternating", IN_PLACE, { generation: 4, first: 1 }, { active: "a", a: 5, owner: 4, first: 1 }],
    ["to alternating, with a still in", IN_PLACE, { generation: 5, a: 4, b: "retired" }, { active: "b", b: 6, owner: 5 }],
    ["to in place, of which nothing is said", BY_TURNS, {}, { generation: 1, a: 0, b: "retired" }],
    ["to in place", BY_TURNS, { active: "b", a: 3, b: 4 }, { generation: 5, a: "retired", b: 4 }],
    [
      "to in place, with the owner still in",
      BY_TURNS,
      { active: "a", a: 1, owner: 0, first: 0 },
      { generation: 2, a: 1, b: "retired", first: 0 },
    ],
  ];
  for (const [what, strategy, before, after] of ways) it(`the way ${what}`, () => assert.deepEqual(switched(strategy, before), after));

  it("each is an entry of its strategy", () => {
    for (const [what, strategy, , after] of [...turns, ...ends]) assert.deepEqual(checkEntry("agents", strategy, after, true), [], what);
    for (const [what, strategy, , after] of ways)
      assert.deepEqual(checkEntry("agents", strategy === IN_PLACE ? BY_TURNS : IN_PLACE, after, true), [], what);
  });

  it("calls the first generation what it was before there were numbers, and each other by its own name", () => {
    const names = [0, 1, 12, "0.1.2", "0.0.0", "adopted"].map(generationText);
    assert.deepEqual(names, ["0.0.0", "1", "12", "0.1.2", "0.0.0", "adopted"]);
    assert.deepEqual(names.map(generationOf), [0, 1, 12, "0.1.2", 0, "adopted"]);
  });

  it("counts what came before a generation", () =>
    assert.deepEqual([0, 7, "1.0.2", "0.0.0", "adopted", "unused", undefined].map(countOf), [0, 7, 3, 0, 0, 0, 0]));

  it("is read in one order", () =>
    assert.equal(
      entryText({ first: "2.0.0", owner: 0, b: 1, a: "retired", active: "b" }),
      "{ active: b, a: retired, b: 1, owner: 0, first: 2.0.0 }",
    ));

  describe("what the cluster says, as an entry", () => {
    const old = { secret: "old", key: "password" };
    const cases: [string, Given, LiveCredential, RotationEntry][] = [
      ["nothing, in place", inPlace, { generations: {} }, { generation: 0 }],
      ["nothing, alternating", {}, { generations: {} }, { active: "a", a: 0 }],
      [
        "in place, in the older form",
        inPlace,
        { application: reading("owner", "0.1.2"), generations: { owner: "0.1.2" } },
        { generation: "0.1.2" },
      ],
      [
        "in place, of which nothing was rotated",
        inPlace,
        { application: reading("owner", "0.0.0"), generations: { owner: "0.0.0" } },
        { generation: 0 },
      ],
      [
        "in place, begun later",
        inPlace,
        { application: { ...reading("owner", "3.0.1"), first: "3.0.0" }, generations: { owner: "3.0.1" } },
        { generation: "3.0.1", first: "3.0.0" },
      ],
      [
        "in place, interrupted",
        inPlace,
        { application: reading("owner", "0.0.1"), generations: { owner: "0.0.2" } },
        { generation: "0.0.2" },
      ],
      [
        "in place, with one still in and one that goes",
        inPlace,
        { application: reading("owner", "0.0.5", "b"), generations: { owner: "0.0.5", a: "unused", b: "0.0.4" } },
        { generation: "0.0.5", a: "retired", b: "0.0.4" },
      ],
      [
        "alternating, with one still in",
        {},
        { application: reading("b", "0.0.2", "a"), generations: { a: "0.0.1", b: "0.0.2" } },
        { active: "b", a: "0.0.1", b: "0.0.2" },
      ],
      [
        "alternating, retired",
        {},
        { application: reading("b", "0.0.2"), generations: { a: "unused", b: "0.0.2" } },
        { active: "b", b: "0.0.2" },
      ],
      [
        "alternating, from in place",
        {},
        { application: reading("a", "0.0.1", "owner"), generations: { owner: "0.0.1", a: "0.0.1", b: "unused" } },
        { active: "a", a: "0.0.1", owner: "0.0.1" },
      ],
      [
        "alternating, and the owner is still in use",
        {},
        { application: reading("owner", "0.0.1"), generations: { owner: "0.0.1" } },
        { active: "a", a: 2, owner: "0.0.1" },
      ],
      [
        "alternating, interrupted before the Secret names the other",
        {},
        { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "0.0.2" } },
        { active: "a", a: "0.0.1", b: "0.0.2" },
      ],
      [
        "alternating, adopted",
        { adopt: old },
        { application: reading("a", "0.0.0", "owner"), generations: { owner: "adopted", a: "0.0.0", b: "unused" } },
        { active: "a", a: 0, owner: "adopted" },
      ],
      ["adopted in place, not yet", { ...inPlace, adopt: old }, { generations: {} }, { generation: 0 }],
      ["adopted, alternating, not yet", { adopt: old }, { generations: {} }, { active: "a", a: 1, owner: "adopted" }],
      [
        "in the numbers of today",
        {},
        { application: reading("b", "4", "a"), generations: { a: "3", b: "4" } },
        { active: "b", a: 3, b: 4 },
      ],
    ];
    for (const [what, given, live, expected] of cases)
      it(what, () => {
        assert.deepEqual(observed(agents(given), live), expected);
        assert.deepEqual(checkEntry("agents", given.strategy ?? BY_TURNS, expected, true), []);
      });

    it("need not be written down where a service without an entry is the same", () => {
      assert.deepEqual([isDefault(IN_PLACE, { generation: 0 }), isDefault(BY_TURNS, { a: 0, active: "a" })], [true, true]);
      assert.deepEqual([isDefault(IN_PLACE, { generation: 1 }), isDefault(BY_TURNS, { active: "a", a: 0, owner: 0 })], [false, false]);
    });
  });
});
