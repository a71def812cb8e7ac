import * as assert from "node:assert/strict";
import { parse } from "yaml";
import type { RotationEntry } from "../../config/rotation";
import { changesCredential } from "../../rotation/check";
import type { LiveCredential } from "../../rotation/live";
import { planRotation } from "../../rotation/plan";
import { agents, ago, check, inPlace, NOW, reading, type Given } from "../support/plans";
import { telling, type Told } from "../support/told";

const PATH = "rotation.services.agents";
const adopt = { secret: "old", key: "password" };
const BOTH = { a: "3", b: "4" };
const [onA, onB] = [reading("a", "3", "b"), reading("b", "4", "a")];

describe("rotation/check", () => {
  const tell = telling("rotate", "what stands in the way of a rotation");

  describe("of a Secret in another namespace", () => {
    const copy = (login: string, changedAt = ago(3600)) => [{ namespace: "jobs", login: `agents_${login}`, changedAt }];
    const retire: Given = { entry: { active: "b", a: "retired", b: 4 } };
    const turn: Given = { entry: { active: "a", a: 5, b: 4 } };

    it("refuses to end what it still names, by retiring it and by its next turn", () => {
      const live = { application: onB, generations: BOTH, copies: copy("a") };
      const behind: Told = [
        PATH,
        "ends the credential of agents_a, which the Secret `jobs/agents-db-secret` still names",
        "run `pulumi up`",
      ];
      tell(check(retire, live), [behind]);
      tell(check(turn, live), [behind]);
    });

    it("lets both pass once it names the login in use, and what keeps all of them", () => {
      for (const given of [retire, turn]) assert.deepEqual(check(given, { application: onB, generations: BOTH, copies: copy("b") }), []);
      const kept: Given = { entry: { active: "b", a: 3, b: 4 } };
      assert.deepEqual(check(kept, { application: onB, generations: BOTH, copies: copy("a") }), []);
    });

    it("lets a rotation in place pass: what it names ends in all of them, and all are written", () => {
      const live = { application: reading("owner", "1"), generations: { owner: "1" }, copies: [{ namespace: "jobs", login: "agents" }] };
      assert.deepEqual(check({ ...inPlace, entry: { generation: 2 } }, live), []);
    });

    it("counts the time that containers may take from the last of them", () =>
      tell(check(retire, { application: onB, generations: BOTH, copies: copy("b", ago(10)) }), [
        [PATH, "containers may still hold", "2026-07-01T12:01:50.000Z"],
      ]));
  });

  /** The refused entries; their allowed neighbours are the entries that the remedies write, and those beside it. */
  const refused: [string, Given, LiveCredential, Told[], ...allowed: RotationEntry[]][] = [
    [
      "to leave the login in use: alternating begins without the owner",
      {},
      { application: reading("owner", "0.0.0"), generations: { owner: "0.0.0" } },
      [[PATH, "does not keep agents,", "`agents: { active: a, a: 1, owner: 0 }`"]],
    ],
    [
      "to leave the login in use: the same of a later generation, and of an entry",
      { entry: { active: "a", a: 7 } },
      { application: reading("owner", "0.1.2"), generations: { owner: "0.1.2" } },
      [[PATH, "does not keep agents,", "`agents: { active: a, a: 7, owner: 0.1.2 }`"]],
    ],
    [
      "to leave the login in use: back in place without a word of it",
      { ...inPlace, entry: { generation: 5 } },
      { application: onB, generations: BOTH },
      [[PATH, "does not keep agents_b,", "`agents: { generation: 5, a: retired, b: 4 }`"]],
    ],
    [
      "to retire the login in use, which has not been rotated yet",
      { entry: { active: "b", a: "retired", b: 4 } },
      { application: onA, generations: BOTH },
      [[PATH, "retires agents_a,", "`agents: { active: b, a: 3, b: 4 }`", "npm run retire -- agents"]],
    ],
    [
      "to take a turn back and retire in one",
      { entry: { active: "a", a: 3, b: "retired" } },
      { application: onB, generations: BOTH },
      [[PATH, "retires agents_b,", "`agents: { active: a, a: 3, b: 4 }`"]],
    ],
    [
      "to leave what is adopted",
      { adopt },
      { generations: {} },
      [[PATH, "does not keep agents,", "`agents: { active: a, a: 1, owner: adopted }`"]],
    ],
    [
      "to leave what is adopted from the Secret that the application reads",
      { adopt, entry: { active: "a", a: 1 } },
      { application: {}, generations: {} },
      [[PATH, "does not keep agents,", "`agents: { active: a, a: 1, owner: adopted }`"]],
    ],
    [
      "to begin with another password than the adopted one",
      { ...inPlace, adopt, entry: { generation: 3 } },
      { generations: {} },
      [[PATH, "the password that is adopted", "`agents: { generation: 3, first: 3 }`", "services.agents.adopt"]],
    ],
    [
      "to begin alternating with another password than the adopted one",
      { adopt, entry: { active: "a", a: 1, owner: 3 } },
      { generations: {} },
      [[PATH, "the password that is adopted", "`agents: { active: a, a: 1, owner: adopted }`"]],
    ],
    [
      "to replace the password in use while the other login can take its place",
      { entry: { active: "a", a: 4, b: "retired" } },
      { application: reading("a", "3"), generations: { a: "3", b: "unused" } },
      [[PATH, "replaces the password of agents_a,", "`agents: { active: b, a: 3, b: 4 }`"]],
    ],
    [
      "to replace the password in use of a turn that did not come to its end",
      { entry: { active: "b", a: 5, b: 4 } },
      { application: reading("a", "3"), generations: BOTH },
      [[PATH, "replaces the password of agents_a,", "`agents: { active: b, a: 3, b: 4 }`", "until agents_b"]],
    ],
    [
      "to replace the owner's password while the first of two proves itself",
      { entry: { active: "a", a: 1, owner: 2 } },
      { application: reading("owner", "1"), generations: { owner: "1" } },
      [[PATH, "replaces the password of agents,", "`agents: { active: a, a: 1, owner: 1 }`"]],
    ],
    [
      "to replace a password in use whose own Secret is gone",
      { entry: { active: "a", a: 5, b: 5 } },
      { application: onB, generations: { a: "3" } },
      [[PATH, "replaces the password of agents_b,", "`agents: { active: a, a: 5, b: 4 }`"]],
    ],
    [
      "in place: to replace the password in use while another may still log in",
      { ...inPlace, entry: { generation: 6, a: "retired", b: 4 } },
      { application: reading("owner", "5", "b"), generations: { owner: "5", b: "4" } },
      [[PATH, "replaces the password of agents,", "agents_b", "`agents: { generation: 6, a: retired, b: retired }`"]],
    ],
    [
      "a turn that comes round before containers have the last one",
      { entry: { active: "a", a: 5, b: 4 } },
      { application: reading("b", "4", "a", ago(30)), generations: BOTH },
      [[PATH, "ends the credential of agents_a,", "wait until 2026-07-01T12:01:30.000Z", "rotation.settleSeconds"]],
      { active: "b", a: 3, b: 4 },
      { active: "a", a: 3, b: 4 },
    ],
    [
      "a turn of another login that ends one which may still be held",
      { entry: { active: "b", a: 1, b: 2, owner: "retired" } },
      { application: reading("a", "1", "owner", ago(119)), generations: { owner: "0.0.0", a: "1", b: "unused" } },
      [[PATH, "ends the credential of agents,", "wait until 2026-07-01T12:00:01.000Z"]],
    ],
    [
      "another password in place that ends a login which may still be held",
      { ...inPlace, entry: { generation: 6, a: "retired", b: "retired" } },
      { application: reading("owner", "5", "a", ago(30)), generations: { owner: "5", a: "4" } },
      [[PATH, "ends the credential of agents_a,", "wait until 2026-07-01T12:01:30.000Z"]],
    ],
    [
      "to retire what may still be held",
      { entry: { active: "b", a: "retired", b: 4 } },
      { application: reading("b", "4", "a", ago(30)), generations: BOTH },
      [[PATH, "ends the credential of agents_a,", "wait until 2026-07-01T12:01:30.000Z"]],
    ],
    [
      "to go back in place: it would be another password",
      { ...inPlace, entry: { generation: 4 } },
      { application: reading("owner", "5"), generations: { owner: "5" } },
      [[PATH, "goes back from 5 to 4 for agents,", "`agents: { generation: 5 }`", "or 6"]],
      { generation: 6 },
    ],
    [
      "to go back of the login whose turn it is",
      { entry: { active: "a", a: 2, b: 4 } },
      { application: onB, generations: BOTH },
      [[PATH, "goes back from 3 to 2 for agents_a,", "`agents: { active: a, a: 3, b: 4 }`", "or 4"]],
    ],
    [
      "to go back from the older form, whose parts count together",
      { ...inPlace, entry: { generation: 2 } },
      { application: reading("owner", "1.0.2"), generations: { owner: "1.0.2" } },
      [[PATH, "goes back from 1.0.2 to 2", "`agents: { generation: 1.0.2 }`", "or 4"]],
      { generation: 4 },
    ],
    [
      "to replace what may be in use when the Secret that says so is gone",
      { entry: { active: "a", a: 5, b: 4 } },
      { generations: BOTH },
      [[PATH, "`agents-db-secret`", "is gone", "take the change back"]],
      { active: "a", a: 3, b: 4 },
      { active: "b", a: 3, b: 4 },
    ],
    [
      "to retire what may be in use when the Secret that says so is gone",
      { entry: { active: "b", a: "retired", b: 4 } },
      { generations: BOTH },
      [[PATH, "is gone", "take the change back"]],
    ],
    [
      "in place: to rotate when the Secret is gone that says whether it has been the owner's turn yet",
      { ...inPlace, entry: { generation: 5, a: "retired", b: "retired" } },
      { generations: { owner: "5", a: "3", b: "4" } },
      [[PATH, "is gone", "take the change back"]],
    ],
    [
      "in place: to say nothing of a login from when they took turns",
      { ...inPlace, entry: { generation: 5, b: 4 } },
      { application: reading("owner", "5", "b"), generations: { owner: "5", a: "unused", b: "4" } },
      [[PATH, "does not say what becomes of agents_a,", "`agents: { generation: 5, a: retired, b: 4 }`"]],
    ],
    [
      "in place: to say nothing of either",
      inPlace,
      { application: reading("owner", "0.0.0"), generations: { owner: "0.0.0", a: "unused", b: "unused" } },
      [[PATH, "agents_a and agents_b,", "`agents: { generation: 0, a: retired, b: retired }`"]],
    ],
    [
      "to say nothing of the owner, who may still log in since the service was in place",
      {},
      { application: reading("a", "0.0.0", "owner"), generations: { owner: "0.0.0", a: "0.0.0", b: "unused" } },
      [[PATH, "does not say what becomes of agents, which may still log in", "`agents: { active: a, a: 0, owner: 0 }`"]],
      { active: "a", a: 0, owner: "retired" },
    ],
    [
      "to say nothing of the login before, which may still log in",
      { entry: { active: "b", b: 4 } },
      { application: onB, generations: BOTH },
      [[PATH, "does not say what becomes of agents_a, which may still log in", "`agents: { active: b, a: 3, b: 4 }`"]],
      { active: "b", a: "retired", b: 4 },
    ],
  ];
  for (const [what, given, live, expected, ...allowed] of refused)
    it(`refuses ${what}`, () => {
      const said = check(given, live);
      tell(said, expected);
      const written = said.flatMap((line) => [...line.matchAll(/`agents: (\{.*?\})`/g)].map(([, entry]) => parse(entry!) as RotationEntry));
      for (const entry of [...written, ...allowed]) assert.deepEqual(check({ ...given, entry }, live), [], JSON.stringify(entry));
    });

  const allowed: [string, Given, LiveCredential][] = [
    ["the first credential, in place", inPlace, { generations: {} }],
    ["the first credential, alternating", {}, { generations: {} }],
    ["the first credential, of a later generation", { entry: { active: "b", b: 7 } }, { generations: {} }],
    ["what has not changed", { entry: { active: "a", a: 3, b: 4 } }, { application: onA, generations: BOTH }],
    [
      "another password in place, as soon after the last as one likes",
      { ...inPlace, entry: { generation: 2 } },
      { application: reading("owner", "1", undefined, NOW), generations: { owner: "1" } },
    ],
    [
      "in place: what was interrupted between the role's Secret and the application's",
      { ...inPlace, entry: { generation: 2 } },
      { application: reading("owner", "1"), generations: { owner: "2" } },
    ],
    ["in place: that the application's Secret is gone", inPlace, { generations: { owner: "0.0.0" } }],
    [
      "in place: that it is gone, and another generation, as nobody else can be in use",
      { ...inPlace, entry: { generation: 2 } },
      { generations: { owner: "1" } },
    ],
    ["in place: a Secret from before there were marks", inPlace, { application: {}, generations: {} }],
    [
      "the other login's turn",
      { entry: { active: "b", a: 3, b: 4 } },
      { application: reading("a", "3"), generations: { a: "3", b: "unused" } },
    ],
    [
      "another password of a turn that did not come to its end: no Secret has ever named it",
      { entry: { active: "b", a: 3, b: 5 } },
      { application: reading("a", "3", undefined, ago(30)), generations: BOTH },
    ],
    [
      "what was interrupted when the Secret named the other login and the owner's was still to go",
      { entry: { active: "b", a: 1, b: 2, owner: "retired" } },
      { application: reading("b", "2", "a", NOW), generations: { owner: "0.0.0", a: "1", b: "2" } },
    ],
    [
      "what was interrupted before the Secret names the other login",
      { entry: { active: "b", a: 3, b: 4 } },
      { application: reading("a", "3"), generations: BOTH },
    ],
    [
      "to take back a turn that was interrupted, and to end it",
      { entry: { active: "a", a: 3, b: "retired" } },
      { application: reading("a", "3"), generations: BOTH },
    ],
    [
      "a third generation of a turn that was interrupted",
      { entry: { active: "b", a: 3, b: 5 } },
      { application: reading("a", "3"), generations: BOTH },
    ],
    [
      "a turn, once containers have the last one",
      { entry: { active: "a", a: 5, b: 4 } },
      { application: reading("b", "4", "a", ago(120)), generations: BOTH },
    ],
    [
      "to retire, once containers have the last one",
      { entry: { active: "b", a: "retired", b: 4 } },
      { application: onB, generations: BOTH },
    ],
    [
      "to take a turn back at once: the password before is still good",
      { entry: { active: "a", a: 3, b: 4 } },
      { application: reading("b", "4", "a", NOW), generations: BOTH },
    ],
    [
      "to go back in place at once: the owner's password is still good",
      { ...inPlace, entry: { generation: 0, a: 1, b: "retired" } },
      { application: reading("a", "1", "owner", NOW), generations: { owner: "0.0.0", a: "1", b: "unused" } },
    ],
    [
      "a generation that is lower than that of a password which nobody has",
      { entry: { active: "a", a: 3, b: 1 } },
      { application: reading("a", "3"), generations: { a: "3", b: "unused" } },
    ],
    [
      "any generation after an adopted one",
      { ...inPlace, entry: { generation: 1 } },
      { application: reading("owner", "adopted"), generations: { owner: "adopted" } },
    ],
    [
      "alternating: that the application's Secret is gone, and nothing else changes",
      { entry: { active: "b", a: 3, b: 4 } },
      { generations: BOTH },
    ],
    [
      "alternating: that it is gone, and the idle login's turn",
      { entry: { active: "b", a: 3, b: 4 } },
      { generations: { a: "3", b: "unused" } },
    ],
    ["from alternating to in place", { ...inPlace, entry: { generation: 5, a: "retired", b: 4 } }, { application: onB, generations: BOTH }],
    [
      "in place: both gone for good",
      { ...inPlace, entry: { generation: 5, a: "retired", b: "retired" } },
      { application: reading("owner", "5"), generations: { owner: "5" } },
    ],
    ["what is adopted in place", { ...inPlace, adopt }, { generations: {} }],
    [
      "what is adopted beside the first turn",
      { adopt, entry: { active: "a", a: 1, owner: "adopted" } },
      { application: {}, generations: {} },
    ],
    [
      "adopted, then killed before the application's Secret was written",
      { adopt, entry: { active: "a", a: 1, owner: "adopted" } },
      { generations: { owner: "adopted", a: "1", b: "unused" } },
    ],
    [
      "adopted long ago: `adopt` says nothing any more",
      { adopt, entry: { active: "b", a: 3, b: 4 } },
      { application: onB, generations: BOTH },
    ],
  ];
  for (const [what, given, live] of allowed) it(`lets be ${what}`, () => assert.deepEqual(check(given, live), []));

  it("believes the stack that says how soon containers have it", () => {
    const live = { application: reading("b", "4", "a", ago(30)), generations: BOTH };
    assert.deepEqual(check({ entry: { active: "a", a: 5, b: 4 } }, live, 0), []);
    assert.deepEqual(check({ entry: { active: "a", a: 5, b: 4 } }, live, 30), []);
  });

  it("refuses to adopt from the Secret of a login that is made anew", () => {
    const given: Given = { ...inPlace, adopt: { secret: "agents-db-role", key: "password" }, entry: { generation: 5, a: "retired", b: 4 } };
    tell(check(given, { application: onB, generations: BOTH }), [["services.agents.adopt", "the Secret of agents,", "remove it"]]);
    assert.deepEqual(check(given, { application: reading("owner", "5", "b"), generations: { owner: "5", b: "4" } }), []);
  });

  describe("another credential is", () => {
    const cases: [string, Given, LiveCredential, boolean][] = [
      ["not the first one", inPlace, { generations: {} }, false],
      ["not the same one", inPlace, { application: reading("owner", "0.0.0"), generations: { owner: "0.0.0" } }, false],
      [
        "one of another generation",
        { ...inPlace, entry: { generation: 1 } },
        { application: reading("owner", "0.0.0"), generations: {} },
        true,
      ],
      ["another login's", { entry: { active: "a", a: 3, b: 4 } }, { application: onB, generations: BOTH }, true],
      ["not that of a Secret from before there were generations", inPlace, { application: { login: "agents" }, generations: {} }, false],
      ["the first turn beside what is adopted", { adopt, entry: { active: "a", a: 1, owner: "adopted" } }, { generations: {} }, true],
    ];
    for (const [what, given, live, expected] of cases)
      it(what, () => {
        const of = agents(given);
        assert.equal(changesCredential({ service: of, plan: planRotation(of) }, live), expected);
      });
  });
});
