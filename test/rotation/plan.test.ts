import * as assert from "node:assert/strict";
import { planRotation, planRotations, type LiveCredential } from "../../rotation/plan";
import { service } from "../support/fixtures";
import { agents, ago, inPlace, inWords, NOW, plan, reading, type Given } from "../support/plans";
import { telling, type Told } from "../support/told";

describe("rotation/plan", () => {
  const tell = telling("rotate", "what stands in the way of a rotation");
  const cases: [string, Given, LiveCredential, string][] = [
    ["in place: the first credential is the owner's", inPlace, { generations: {} }, "nothing -> owner; owner 0.0.1 +"],
    [
      "in place: nothing has changed",
      inPlace,
      { application: reading("owner", "0.0.1"), generations: { owner: "0.0.1" } },
      "owner -> owner; owner 0.0.1 +",
    ],
    [
      "in place: another generation is another password of the same login, as soon after the last as one likes",
      { ...inPlace, generation: "0.0.2" },
      { application: reading("owner", "0.0.1", undefined, NOW), generations: { owner: "0.0.1" } },
      "owner -> owner; owner 0.0.2 +; rotates",
    ],
    [
      "in place: interrupted between the role's Secret and the application's",
      { ...inPlace, generation: "0.0.2" },
      { application: reading("owner", "0.0.1"), generations: { owner: "0.0.2" } },
      "owner -> owner; owner 0.0.2 +; rotates",
    ],
    ["in place: the application's Secret is gone", inPlace, { generations: { owner: "0.0.1" } }, "nothing -> owner; owner 0.0.1 +"],
    [
      "in place: the application's Secret is gone, and another generation wanted",
      { ...inPlace, generation: "0.0.2" },
      { generations: { owner: "0.0.1" } },
      "nothing -> owner; owner 0.0.2 +",
    ],
    ["in place: a Secret from before there were marks", inPlace, { application: {}, generations: {} }, "owner -> owner; owner 0.0.1 +"],
    [
      "alternating: the first credential is a's, and b waits with a password that nothing uses",
      {},
      { generations: {} },
      "nothing -> a; a 0.0.1 +, b unused; proven first",
    ],
    [
      "alternating: nothing has changed",
      {},
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "unused" } },
      "a -> a; a 0.0.1 +, b unused; proven first",
    ],
    [
      "alternating: another generation is b's turn",
      { generation: "0.0.2" },
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "unused" } },
      "a -> b; a 0.0.1 +, b 0.0.2 +; a still in; rotates; proven first",
    ],
    [
      "alternating: and then a's",
      { generation: "0.0.3" },
      { application: reading("b", "0.0.2", "a"), generations: { a: "0.0.1", b: "0.0.2" } },
      "b -> a; a 0.0.3 +, b 0.0.2 +; b still in; rotates; proven first",
    ],
    [
      "alternating: an earlier generation takes the other login, too",
      { generation: "0.0.1" },
      { application: reading("b", "0.0.2"), generations: { a: "0.0.1", b: "0.0.2" } },
      "b -> a; a 0.0.1 +, b 0.0.2 +; b still in; rotates; proven first",
    ],
    [
      "alternating: interrupted before the switch, it goes on with the same login",
      { generation: "0.0.2" },
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "0.0.2" } },
      "a -> b; a 0.0.1 +, b 0.0.2 +; a still in; rotates; proven first",
    ],
    [
      "alternating: interrupted before the switch, and a third generation wanted",
      { generation: "0.0.3" },
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "0.0.2" } },
      "a -> b; a 0.0.1 +, b 0.0.3 +; a still in; rotates; proven first",
    ],
    [
      "alternating: interrupted before the switch, and taken back",
      { generation: "0.0.1" },
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "0.0.2" } },
      "a -> a; a 0.0.1 +, b unused; proven first",
    ],
    [
      "alternating: after the switch, the login before stays in until it is retired",
      { generation: "0.0.2" },
      { application: reading("b", "0.0.2", "a"), generations: { a: "0.0.1", b: "0.0.2" } },
      "b -> b; a 0.0.1 +, b 0.0.2 +; a still in; proven first",
    ],
    [
      "alternating: retired, the login before is out, and its password, too",
      { generation: "0.0.2", retired: "0.0.2" },
      { application: reading("b", "0.0.2", "a"), generations: { a: "0.0.1", b: "0.0.2" } },
      "b -> b; a unused, b 0.0.2 +; proven first",
    ],
    [
      "alternating: what was retired in another generation says nothing of this one",
      { generation: "0.0.3", retired: "0.0.2" },
      { application: reading("b", "0.0.2"), generations: { a: "0.0.1", b: "0.0.2" } },
      "b -> a; a 0.0.3 +, b 0.0.2 +; b still in; rotates; proven first",
    ],
    [
      "alternating: the application's Secret is gone, and the generation says which login it named",
      { generation: "0.0.2" },
      { generations: { a: "0.0.1", b: "0.0.2" } },
      "nothing -> b; a 0.0.1 +, b 0.0.2 +; a still in; proven first",
    ],
    [
      "alternating: the Secret of the role in use is gone, and another generation wanted: its password stays",
      { generation: "0.0.3" },
      { application: reading("b", "0.0.2", "a"), generations: { a: "0.0.1" } },
      "b -> a; a 0.0.3 +, b 0.0.2 +; b still in; rotates; proven first",
    ],
  ];
  for (const [what, given, live, expected] of cases) it(what, () => assert.equal(plan(given, live), expected));

  const ends = (path: string, role: string, until: string): Told => [
    `rotation.${path}.agents`,
    `ends the credential of ${role},`,
    `wait until ${until}`,
    "rotation.settleSeconds",
  ];
  const recently = { application: reading("b", "0.0.2", "a", ago(30)), generations: { a: "0.0.1", b: "0.0.2" } };
  const afterOwner = { application: reading("a", "0.0.1", "owner", ago(119)), generations: { owner: "0.0.1", a: "0.0.1", b: "unused" } };
  const refused: [string, Given, LiveCredential, Told][] = [
    [
      "a turn that comes round before containers have the last one",
      { generation: "0.0.3" },
      recently,
      ends("services", "agents_a", "2026-07-01T12:01:30.000Z"),
    ],
    [
      "a turn of another login that ends one which may still be held",
      { generation: "0.0.2" },
      afterOwner,
      ends("services", "agents", "2026-07-01T12:00:01.000Z"),
    ],
    [
      "another password in place that ends a login which may still be held",
      { ...inPlace, generation: "0.0.2" },
      { application: reading("owner", "0.0.1", "a", ago(30)), generations: { owner: "0.0.1", a: "0.0.1" } },
      ends("services", "agents_a", "2026-07-01T12:01:30.000Z"),
    ],
    [
      "to retire what may still be held",
      { generation: "0.0.2", retired: "0.0.2" },
      recently,
      ends("retired", "agents_a", "2026-07-01T12:01:30.000Z"),
    ],
    [
      "to retire what the application still has",
      { generation: "0.0.2", retired: "0.0.2" },
      { application: reading("a", "0.0.1"), generations: { a: "0.0.1", b: "unused" } },
      ["rotation.retired.agents", "the application still has", "rotate first"],
    ],
    [
      "to guess whose turn it is",
      { generation: "0.0.3" },
      { generations: { a: "0.0.1", b: "0.0.2" } },
      ["rotation.services.agents", "`agents-db-secret`", "is gone"],
    ],
  ];
  for (const [what, given, live, expected] of refused) it(`refuses ${what}`, () => tell([plan(given, live)], [expected]));

  it("lets the turn come round once containers have the last one, or the stack says they do", () => {
    const later = { ...recently, application: reading("b", "0.0.2", "a", ago(120)) };
    const expected = "b -> a; a 0.0.3 +, b 0.0.2 +; b still in; rotates; proven first";
    assert.equal(plan({ generation: "0.0.3" }, later), expected);
    assert.equal(plan({ generation: "0.0.3" }, recently, 0), expected);
  });

  it("lets a turn be taken back at once: the password before is still good", () => {
    assert.equal(plan({ generation: "0.0.1" }, recently), "b -> a; a 0.0.1 +, b 0.0.2 +; b still in; rotates; proven first");
    assert.equal(
      plan({ ...inPlace, generation: "0.0.1" }, afterOwner),
      "a -> owner; owner 0.0.1 +, a 0.0.1 +; a still in; agents_b dropped; rotates; proven first",
    );
  });

  it("names each login's role, Secret and object, the active one among them", () => {
    const outcome = planRotation(service("agents-runtime", { rotation: { strategy: "alternating" } }), { generations: {} }, 0);
    assert.ok("plan" in outcome);
    assert.deepEqual(
      outcome.plan.logins.map(({ role, secret, object }) => [role, secret, object]),
      [
        ["agents_runtime_a", "agents-runtime-db-role-a", "agents-runtime-a"],
        ["agents_runtime_b", "agents-runtime-db-role-b", "agents-runtime-b"],
      ],
    );
    assert.equal(outcome.plan.active, outcome.plan.logins[0]);
  });

  it("plans every service that it can, and says of the others what stands in their way", () => {
    const [agentsDue, graph] = [agents({ generation: "0.0.3" }), service("graph")];
    const credentials = { agents: { application: reading("b", "0.0.2", "a", new Date()), generations: { a: "0.0.1", b: "0.0.2" } } };
    const { plans, problems } = planRotations([agentsDue, graph], credentials, 120);
    assert.deepEqual(
      plans.map((made) => `${made.service}: ${inWords(made)}`),
      ["graph: nothing -> owner; owner 0.0.0 +"],
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["rotation.services.agents"],
    );
  });
});
