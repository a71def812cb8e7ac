import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { madeAt, RoleLogin, type RoleLoginArgs } from "../../components/roleLogin";
import type { Login } from "../../rotation/plan";
import { decoded, expectedMetadata, place, planned, service } from "../support/fixtures";
import { MADE_AT, passwordOf, run, type Run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:RoleLogin::agents-a";
const SECRET = "kubernetes:core/v1:Secret::agents-a-role";
const PASSWORD = "random:index/randomPassword:RandomPassword::agents-a-password";
const ID = "random:index/randomUuid7:RandomUuid7::agents-a-password-id";
const STASH = "pulumi:index:Stash::agents-a-adopted";

const [a] = planned(service("agents", { rotation: { strategy: "alternating" } })).logins as [Login];

interface Case {
  adopt?: RoleLoginArgs["adopt"];
  generation?: string;
  preview?: boolean;
  stashed?: unknown;
  /** When the password was made that is live. */
  live?: string;
  /** The generation of that one, where it is another. */
  former?: string;
}

function make({ adopt, generation = "0.0.0", preview = false, stashed, live, former }: Case = {}): Promise<Run<RoleLogin>> {
  const keeping = (changedAt: string) => ({
    beforeMade: new pulumi.ResourceHook("asks", () => undefined),
    ...(former === undefined
      ? { held: { secret: "agents-db-role-a", generation, changedAt } }
      : { former: { secret: "agents-db-role-a", generation: former, changedAt } }),
    refusal: (state: string) => `refused: ${state}`,
    adopts: () => undefined,
  });
  const args = () => ({
    service: "agents",
    place: place(),
    login: { ...a, generation },
    ...(adopt ? { adopt } : {}),
    ...(live === undefined ? {} : { keeping: keeping(live) }),
  });
  return run(() => new RoleLogin("agents-a", args()), { preview, ...(stashed === undefined ? {} : { stashed }) });
}
const ids = ({ resources }: Run<unknown>) => resources.map(({ id }) => id);
const passwordIn = ({ get }: Run<unknown>) => decoded(get(SECRET).inputs.data).password;
const current = { isAdopted: true, value: "hunter2" };

describe("components/roleLogin", () => {
  const cases: [string, Case, string[]][] = [
    ["generated", {}, [COMPONENT, SECRET, PASSWORD, ID]],
    ["adopted", { adopt: current }, [COMPONENT, SECRET, STASH, PASSWORD, ID]],
    [
      "of a service that adopts, another login",
      { adopt: { isAdopted: false, value: "hunter2" } },
      [COMPONENT, SECRET, STASH, PASSWORD, ID],
    ],
  ];
  for (const [what, of, expected] of cases)
    it(`${what}: makes the same objects in a preview and in an update, each a child of the component`, async () => {
      const [made, previewed] = [await make(of), await make({ ...of, preview: true })];
      assert.deepEqual(ids(made), expected);
      assert.deepEqual(ids(previewed), expected);
      for (const { id, parent } of made.resources) assert.equal(parent, id === COMPONENT ? undefined : COMPONENT);
    });

  it("generates 32 letters and digits, and others for another generation", async () => {
    const { inputs, options } = (await make({ generation: "0.0.4" })).get(PASSWORD);
    assert.deepEqual(inputs, { length: 32, special: false });
    assert.deepEqual(options, { replacementTrigger: "0.0.4", additionalSecretOutputs: ["bcryptHash", "result"] });
  });

  it("tells one password from the next, and when it was made", async () => {
    const { get, result } = await make({ generation: "0.0.4" });
    assert.deepEqual([get(ID).inputs, get(ID).options], [{}, { replacementTrigger: "0.0.4" }]);
    assert.equal(await new Promise((resolve) => result.changedAt.apply(resolve)), MADE_AT);
  });

  it("asks before a password is made", async () => assert.deepEqual((await make({ live: MADE_AT })).get(PASSWORD).options.hooks, ["asks"]));

  it("writes none over a live one of the same generation that was made later, which the state has never had", async () => {
    await make({ live: "2024-07-01T12:34:56.788Z" });
    await make({ live: "no time" });
    const error: unknown = await make({ live: "2024-07-01T12:34:56.790Z" }).catch((reason: unknown) => reason);
    assert.ok(pulumi.ResourceError.isInstance(error));
    assert.match(error.message, new RegExp(`refused: the state has the password of ${MADE_AT}, not that of 2024-07-01T12:34:56.790Z`));
  });

  it("marks the Secret with the generation that the password is of: with `--target`, one that was not replaced is of the former", async () => {
    const marked = async (of: Case) => {
      const made = await make({ generation: "5", former: "4", ...of });
      const { annotations } = made.get(SECRET).inputs.metadata as { annotations: Record<string, string> };
      return annotations["cnpg-credentials/generation"];
    };
    assert.equal(await marked({ live: MADE_AT }), "4");
    assert.equal(await marked({ live: "2024-07-01T12:34:56.788Z" }), "5");
    // A preview says what is to come.
    assert.equal(await marked({ live: MADE_AT, preview: true }), "5");
  });

  it("reads the time of a UUID of version 7", () =>
    // The example of RFC 9562, A.6.
    assert.equal(madeAt("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").toISOString(), "2022-02-22T19:22:22.000Z"));

  it("writes what CloudNativePG reads, secret as a whole, and changes it in place", async () => {
    const { inputs, clear, secrets, dependsOn, options } = (await make({ generation: "0.0.4" })).get(SECRET);
    assert.deepEqual(clear, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: expectedMetadata("agents-db-role-a", {
        service: "agents",
        labels: { "cnpg.io/reload": "true" },
        annotations: { "cnpg-credentials/generation": "0.0.4", "cnpg-credentials/password-changed-at": MADE_AT },
      }),
      type: "kubernetes.io/basic-auth",
      data: undefined,
    });
    assert.deepEqual(secrets, ["data"]);
    assert.deepEqual(decoded(inputs.data), { username: "agents_a", password: passwordOf("agents-a-password") });
    assert.deepEqual(dependsOn, [PASSWORD, ID]);
    // No trigger: CloudNativePG would find it missing in between.
    assert.deepEqual(options, { additionalSecretOutputs: ["data", "stringData"] });
  });

  describe("adoption", () => {
    const first = { generation: "0.0.0", isCurrent: true, password: "hunter2" };

    it("stashes the password of the login in use, with what it was adopted for, and looks at it once", async () => {
      const { inputs, secrets, options } = (await make({ adopt: current })).get(STASH);
      assert.deepEqual([inputs, secrets], [{ input: first }, ["input"]]);
      assert.deepEqual(options, { ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] });
    });

    it("stashes no password of a login that is not in use", async () => {
      const { inputs } = (await make({ adopt: { isAdopted: false, value: "hunter2" } })).get(STASH);
      assert.deepEqual(inputs, { input: { generation: "0.0.0", isCurrent: false, password: "" } });
    });

    const generated = passwordOf("agents-a-password");
    const held: [string, Case, string][] = [
      ["the login in use has the adopted password", { adopt: current }, "hunter2"],
      ["any other has a generated one", { adopt: { isAdopted: false, value: "hunter2" } }, generated],
      ["it keeps the first one, whatever the old Secret says later", { adopt: { ...current, value: "other" }, stashed: first }, "hunter2"],
      ["it keeps the first one when nothing has it any more", { adopt: { ...current, value: "" }, stashed: first }, "hunter2"],
      ["it keeps it when the turn has gone to another login", { adopt: { isAdopted: false, value: "x" }, stashed: first }, "hunter2"],
      ["another generation is a generated one", { adopt: current, stashed: first, generation: "0.0.1" }, generated],
      [
        "a login that was not in use then never has the adopted one",
        { adopt: current, stashed: { ...first, isCurrent: false, password: "" } },
        generated,
      ],
    ];
    for (const [what, given, expected] of held) it(what, async () => assert.equal(passwordIn(await make(given)), expected));

    it("fails rather than write no password", () =>
      assert.rejects(make({ adopt: { ...current, value: "" } }), /agents-a: neither the state nor the cluster has the password to adopt$/));
  });

  it("puts no password in plain text anywhere, generated or adopted, in a preview neither", async () => {
    for (const preview of [false, true])
      for (const adopt of [undefined, current]) {
        const { resources, result } = await make({ preview, ...(adopt ? { adopt } : {}) });
        const clear = JSON.stringify(resources.map((resource) => [resource.clear, resource.options]));
        for (const value of [passwordOf("agents-a-password"), "hunter2"])
          for (const form of [value, Buffer.from(value).toString("base64")]) assert.ok(!clear.includes(form));
        if (!preview) assert.equal(await pulumi.isSecret(result.password), true);
      }
  });
});
