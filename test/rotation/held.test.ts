import * as assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { keepPasswords, type HeldPassword, type Keeping } from "../../rotation/held";
import type { Login } from "../../rotation/plan";
import { planned, service } from "../support/fixtures";
import { run } from "../support/program";

type Change = Parameters<typeof service>[1];

const live = (generation: string): HeldPassword => ({ secret: "the-secret", generation, changedAt: "2026-07-01T12:00:00.000Z" });
const URN = "urn:pulumi:prod::cnpg-credentials::cnpg-credentials:index:RoleLogin$random:index/randomPassword:RandomPassword::";

interface Asked {
  readonly keeping: Keeping;
  /** What making that login's password comes to. */
  readonly make: (object?: string) => Promise<string>;
}

/** What is asked before passwords of the service `agents` are made, whose Secrets have these. */
async function keep(change: Change, held: Readonly<Record<string, HeldPassword>>, slot = "owner", rotation = {}): Promise<Asked> {
  const agents = service("agents", change, rotation);
  const plan = planned(agents);
  const login = plan.logins.find((one) => one.slot === slot) as Login;
  const { result: keeping } = await run(() => keepPasswords([{ service: agents, plan }], { agents: held })(login));
  const make = async (object = login.object) => {
    const args = { name: `${object}-password`, urn: `${URN}${object}-password` } as pulumi.ResourceHookArgs;
    return Promise.resolve(keeping.beforeMade.callback(args)).then(
      () => "made",
      (error: Error) => error.message,
    );
  };
  return { keeping, make };
}

describe("rotation/held", () => {
  it("refuses another password in the place of one that is live, in previews too, with what keeps it", async () => {
    const { keeping, make } = await keep({}, { owner: live("0.0.0") });
    const refusal = await make();
    for (const said of [
      "service agents: the state has no password of agents",
      "the-secret",
      "`services.agents.adopt.secret` to the-secret",
      "npm run rotate -- agents",
    ])
      assert.ok(refusal.includes(said), refusal);
    assert.equal(keeping.beforeMade.opts?.onDryRun, true);
    assert.deepEqual(keeping.held, live("0.0.0"));
  });

  it("says in which key it is, where that is not `password`", async () => {
    const { make } = await keep({}, { owner: { ...live("0.0.0"), key: "SQL_PASSWORD" } });
    assert.match(await make(), /set `services\.agents\.adopt` to `\{ secret: the-secret, key: SQL_PASSWORD \}`/);
  });

  const alternating = { rotation: { strategy: "alternating" } };
  it("says what becomes of a login that is not in use, and names no rotation that would end the one in use", async () => {
    const rotation = { services: { agents: { active: "b", a: 1, b: 2 } } };
    const { make } = await keep(alternating, { a: live("1"), b: live("2") }, "b", rotation);
    assert.match(await make("agents-a"), /Retire agents_a .* `npm run retire -- agents`$/);
    assert.match(await make("agents-b"), /adopt\.secret` to the-secret and run `pulumi up`$/);
  });

  const made: [string, Change, Readonly<Record<string, HeldPassword>>, object?][] = [
    ["one of which the cluster has nothing", {}, {}],
    ["one that a rotation replaces", {}, { owner: live("0.0.0") }, { services: { agents: { generation: 1 } } }],
    ["one of a login that may not log in any more", {}, { a: live("3") }],
  ];
  for (const [what, change, held, rotation = {}] of made)
    it(`lets be made ${what}`, async () => {
      const { keeping, make } = await keep(change, held, "owner", rotation);
      assert.equal(await make(), "made");
      assert.equal(keeping.held, undefined);
    });

  it("has at hand what a rotation replaces, so that a password that was not replaced is told from one that was", async () => {
    const { keeping } = await keep({}, { owner: live("0.0.0") }, "owner", { services: { agents: { generation: 1 } } });
    assert.deepEqual([keeping.former, keeping.held], [live("0.0.0"), undefined]);
    assert.equal((await keep({}, { owner: live("0.0.0") })).keeping.former, undefined);
    assert.equal((await keep({}, {})).keeping.former, undefined);
  });

  describe("of a service that adopts", () => {
    const adopting = { adopt: { secret: "agents-db-role" } };

    it("lets one be made beside the adopted one", async () => {
      const { keeping, make } = await keep(adopting, { owner: live("0.0.0") });
      keeping.adopts(Promise.resolve(true));
      assert.equal(await make(), "made");
    });

    it("refuses it where the state has adopted another one before, and names what it has to forget", async () => {
      const { keeping, make } = await keep(adopting, { owner: live("0.0.0") });
      keeping.adopts(Promise.resolve(false));
      const stash = URN.replace("random:index/randomPassword:RandomPassword", "pulumi:index:Stash");
      assert.ok((await make()).endsWith(`\`pulumi state delete '${stash}agents-adopted'\` first`));
    });
  });
});
