import * as assert from "node:assert/strict";
import { heldPasswords, liveCredential } from "../../preflight/credentials";
import type { Marks, PreflightRequest } from "../../preflight/types";
import type { LiveCredential } from "../../rotation/live";
import { clusterFacts, OWNER, preflightRequest } from "../support/cluster";

const FOREIGN = "organization/cnpg-credentials/other/ffffffffffffffff";

function read(secrets: Marks[] | undefined, change: Partial<PreflightRequest> = {}): LiveCredential {
  const request = { ...preflightRequest(), ...change };
  const facts = clusterFacts();
  const { secrets: _none, ...objects } = facts.objects;
  facts.objects = { ...objects, ...(secrets ? { secrets } : {}) };
  return liveCredential(request.services[0]!, request, facts);
}
const changedAt = new Date("2026-07-01T12:00:00Z");
const application = { name: "agents-db-secret", owner: OWNER, login: "agents_b", previous: "agents_a", generation: "0.0.2", changedAt };
const role = (slot: string, generation: string, owner = OWNER) => ({ name: `agents-db-role${slot}`, owner, generation });

describe("preflight/credentials", () => {
  const cases: [string, Marks[] | undefined, LiveCredential][] = [
    ["nothing where nothing is", [], { generations: {} }],
    ["nothing where Secrets may not be listed", undefined, { generations: {} }],
    [
      "what our own Secrets say",
      [application, role("", "0.0.0"), role("-a", "0.0.1"), role("-b", "0.0.2")],
      { application, generations: { owner: "0.0.0", a: "0.0.1", b: "0.0.2" } },
    ],
    [
      "of somebody else's only that it is there",
      [{ name: "agents-db-secret", login: "agents_b", generation: "9.9.9" }],
      { application: {}, generations: {} },
    ],
    ["of another state's only that it is there", [{ ...application, owner: FOREIGN }], { application: {}, generations: {} }],
    ["no generation of another state's", [application, role("-a", "0.0.1", FOREIGN)], { application, generations: {} }],
    ["no generation of a Secret from before there were any", [{ name: "agents-db-role", owner: OWNER }], { generations: {} }],
    ["nothing of another service's", [role("", "0.0.1")].map((marks) => ({ ...marks, name: "temporal-db-role" })), { generations: {} }],
  ];
  for (const [what, secrets, expected] of cases) it(`reads ${what}`, () => assert.deepEqual(read(secrets), expected));

  it("believes the state that it takes over", () => {
    const theirs = [{ ...application, owner: FOREIGN }, role("-b", "0.0.2", FOREIGN)];
    assert.deepEqual(read(theirs, { takeOver: FOREIGN }), { application: theirs[0], generations: { b: "0.0.2" } });
  });

  describe("what the state should have", () => {
    const madeAt = "2026-07-01T12:00:00.000Z";
    const held = (secrets: Marks[], change: Partial<PreflightRequest> = {}, key = "password") => {
      const request = { ...preflightRequest(), ...change };
      const facts = clusterFacts();
      facts.objects.secrets = secrets;
      return heldPasswords({ ...request.services[0]!, passwordKey: key }, request, facts);
    };
    const ownRole = { ...role("-b", "0.0.2"), madeAt };

    it("is what a login's own Secret has, by its generation and the time of its password", () =>
      assert.deepEqual(held([application, ownRole]), { b: { secret: "agents-db-role-b", generation: "0.0.2", changedAt: madeAt } }));

    it("is what the application's Secret has, of the login that it names, where its own is gone", () => {
      const named = { secret: "agents-db-secret", generation: "0.0.2" };
      assert.deepEqual(held([application]), { b: named });
      assert.deepEqual(held([application], {}, "SQL_PASSWORD"), { b: { ...named, key: "SQL_PASSWORD" } });
    });

    it("is not what nothing may log in with, or what another state has made, one that is taken over among them", () => {
      const theirs = [{ ...application, owner: FOREIGN }, role("", "0.0.0", FOREIGN)];
      for (const [secrets, takeOver] of [
        [theirs],
        [theirs, FOREIGN],
        [[role("-a", "unused")]],
        [[{ name: "agents-db-role", owner: OWNER }]],
      ] as const)
        assert.deepEqual(held([...secrets], takeOver === undefined ? {} : { takeOver }), {});
    });
  });
});
