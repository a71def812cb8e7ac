import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { METADATA_ONLY, METADATA_ONLY_ONE } from "../../kube/client";
import { AppliedRoles, type Expectation } from "../../rotation/applied";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { CNPG } from "../support/cluster";
import { unseenIn } from "../support/hostile";
import { stackConfig } from "../support/fixtures";
import { golden } from "../support/golden";
import { run } from "../support/program";
import { tells } from "../support/told";

const CLUSTER = `GET ${CNPG}/namespaces/apps/clusters/pg`;
const ROLES = `GET ${CNPG}/namespaces/apps/databaseroles`;
const SECRETS = "GET /api/v1/namespaces/apps/secrets";
const secretOf = (name: string) => `${SECRETS}/${name}-db-role`;

const inline = (name: string): Expectation => ({ service: name, role: name, secret: `${name}-db-role`, consequence: "Mend it." });
const secret = (name: string, resourceVersion = "7") => ({ metadata: { name: `${name}-db-role`, resourceVersion } });
const status = (versions: Record<string, string>, cannotReconcile: Record<string, string[]> = {}) => ({
  status: {
    managedRolesStatus: {
      byStatus: { reconciled: Object.keys(versions) },
      passwordStatus: Object.fromEntries(Object.entries(versions).map(([role, resourceVersion]) => [role, { resourceVersion }])),
      cannotReconcile,
    },
  },
});

describe("rotation/applied", () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await startApiServer({
      "GET /version": {},
      [CLUSTER]: status({ agents: "7", graph: "7" }),
      [secretOf("agents")]: secret("agents"),
      [secretOf("graph")]: secret("graph"),
    });
  });
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  /** What becomes of what is waited for, in an update unless the case says otherwise. */
  function wait<T>(body: (applied: AppliedRoles) => Promise<T>, { applySeconds = 5, context = "lab", preview = false } = {}): Promise<T> {
    const program = () => {
      const stack = { ...stackConfig({ context, rotation: { applySeconds, proof: { image: "psql:17" } } }), name: "test" };
      return body(new AppliedRoles({ ...stack, kubeconfig: pulumi.secret(kubeconfigFor(server)) }));
    };
    return run(program, { preview }).then(({ result }) => result);
  }
  const times = (question: string) => server.asked.filter((asked) => asked.question === question).length;

  it("goes on once CloudNativePG has applied the Secret's present version, and not before", async () => {
    let looks = 0;
    server.replies[CLUSTER] = () => status({ agents: ++looks < 3 ? "6" : "7" });
    await wait((applied) => applied.applied(inline("agents")));
    assert.equal(looks, 3);
  });

  it("answers all who wait from the same questions, none of which asks for a Secret's data", async () => {
    await wait((applied) => Promise.all([applied.applied(inline("agents")), applied.applied(inline("graph"))]));
    assertReads(
      server.asked.map(({ question }) => question),
      4,
    );
    const accepted = server.asked.filter(({ question }) => question.startsWith(SECRETS)).map(({ accept }) => accept);
    assert.deepEqual(accepted, [METADATA_ONLY_ONE, METADATA_ONLY_ONE]);
  });

  it("asks for no Secret whose written version CloudNativePG has applied", async () => {
    await wait((applied) => Promise.all(["agents", "graph"].map((name) => applied.applied({ ...inline(name), version: "7" }))));
    assertReads(
      server.asked.map(({ question }) => question),
      2,
    );
  });

  it("goes on with a Secret that somebody has changed since it was written, once that is applied", async () => {
    await wait((applied) => applied.applied({ ...inline("agents"), version: "5" }));
    assert.equal(times(secretOf("agents")), 1);
  });

  it("asks for many Secrets in one list, of their metadata, a page at a time", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    server.replies[CLUSTER] = status(Object.fromEntries(names.map((name) => [name, "7"])));
    const [first, rest] = [names.slice(0, 12), names.slice(12)].map((some) => some.map((name) => secret(name)));
    server.replies[SECRETS] = { metadata: { continue: "a b" }, items: first };
    server.replies[`${SECRETS}?limit=500&continue=a%20b`] = { items: rest };
    await wait((applied) => Promise.all(names.map((name) => applied.applied(inline(name)))));
    assert.equal(server.asked.length, 4);
    assert.deepEqual(
      server.asked.filter(({ question }) => question.startsWith(SECRETS)).map(({ accept }) => accept),
      [METADATA_ONLY, METADATA_ONLY],
    );
  });

  it("lets each go on as soon as its own role is applied", async () => {
    const order: string[] = [];
    server.replies[CLUSTER] = () => status({ graph: "7", ...(order.length > 0 ? { agents: "7" } : {}) });
    await wait((applied) => Promise.all(["agents", "graph"].map((name) => applied.applied(inline(name)).then(() => order.push(name)))));
    assert.deepEqual(order, ["graph", "agents"]);
  });

  it("asks again for who comes the moment that the last one is answered", async () => {
    await wait(async (applied) => {
      await applied.applied(inline("agents"));
      await applied.applied(inline("graph"));
    });
    assert.deepEqual([times("GET /version"), times(CLUSTER)], [2, 2]);
  });

  it("looks at the object of a role that has one", async () => {
    let looks = 0;
    const object = (secretResourceVersion: string) => ({
      metadata: { name: "agents-a", generation: 1 },
      status: { applied: true, observedGeneration: 1, secretResourceVersion },
    });
    server.replies[CLUSTER] = {};
    server.replies[`${ROLES}/agents-a`] = () => object(++looks < 2 ? "6" : "7");
    await wait((applied) => applied.applied({ ...inline("agents"), role: "agents_a", object: "agents-a" }));
    assert.equal(looks, 2);
  });

  it("waits for a role to be dropped, which has no Secret any more", async () => {
    let looks = 0;
    server.replies[CLUSTER] = () => (++looks < 2 ? {} : status({ agents_b: "" }));
    await wait((applied) => applied.applied({ service: "agents", role: "agents_b", consequence: "" }));
    assert.equal(looks, 2);
  });

  it("waits for no role that has long been dropped: its Secret, which goes last, is gone", async () => {
    Object.assign(server.replies, { [CLUSTER]: {}, [secretOf("agents").replace(/$/, "-b")]: 404 });
    await wait((applied) => applied.applied({ service: "agents", role: "agents_b", former: "agents-db-role-b", consequence: "" }));
    assert.equal(times(CLUSTER), 1);
  });

  it("waits for one whose Secret is still there", async () => {
    let looks = 0;
    server.replies[CLUSTER] = () => (++looks < 2 ? {} : status({ agents: "" }));
    await wait((applied) => applied.applied({ service: "agents", role: "agents", former: "agents-db-role", consequence: "" }));
    assert.equal(looks, 2);
  });

  it("looks at once for a role whose time begins later, and does not give it up before that", async () => {
    let looks = 0;
    let begin = () => {};
    const from = new Promise<void>((resolve) => (begin = resolve));
    const began = performance.now();
    // Its time is over after a second, of which none counts before `from`.
    server.replies[CLUSTER] = () => {
      looks++;
      if (performance.now() - began > 1500) begin();
      return status({ agents: performance.now() - began > 1800 ? "7" : "6" });
    };
    await wait((applied) => applied.applied(inline("agents"), from), { applySeconds: 1 });
    assert.ok(looks > 3);
  });

  it("gives a role up whose time has begun, although what it began with has failed", () =>
    assert.rejects(
      wait((applied) => applied.applied({ ...inline("agents"), role: "gone" }, Promise.reject(new Error("no Cluster"))), {
        applySeconds: 1,
      }),
      /not applied a role within 1 s/,
    ));

  it("asks again when the connection breaks, and goes on where it was", async () => {
    let looks = 0;
    server.replies[CLUSTER] = () => (++looks < 3 ? 503 : status({ agents: "7" }));
    await wait((applied) => applied.applied(inline("agents")));
    assert.equal(looks, 3);
  });

  it("says that the server did not answer when that lasts", () => {
    server.replies[CLUSTER] = () => 503;
    return assert.rejects(
      wait((applied) => applied.applied(inline("agents")), { applySeconds: 1 }),
      /agents-db-role; CloudNativePG: .* answers 503[\s\S]*Mend it\./,
    );
  });

  it("asks nobody in a preview", async () => {
    await wait((applied) => applied.applied(inline("agents")), { preview: true });
    assert.deepEqual(server.asked, []);
  });

  it("gives up on one service, with CloudNativePG's own reasons and what holds meanwhile, and goes on with the others", async () => {
    const began = performance.now();
    const agents = status({ graph: "6" }, { agents: ["permission denied to e\u001b[8m\n  - graph: all is well"] });
    // Begins later, and is not late yet when the other is.
    server.replies[CLUSTER] = () => (performance.now() - began < 1300 ? agents : status({ graph: "7" }));
    server.replies[`${SECRETS}/gone-db-role`] = 404;
    const missing = { ...inline("agents"), role: "gone", secret: "gone-db-role" };
    const dropped = { service: "agents", role: "agents_a", consequence: "Wait." };
    const { reasons, error } = await wait(
      async (applied) => {
        const resource = new pulumi.ComponentResource("cnpg-credentials:index:ApplicationCredential", "agents");
        const own = [inline("agents"), missing, dropped].map((one) => applied.applied({ ...one, resource }));
        const begin = new Promise((resolve) => setTimeout(resolve, 800));
        const [graph, ...ended] = await Promise.allSettled([applied.applied(inline("graph"), begin), ...own]);
        assert.equal(graph.status, "fulfilled");
        const failed = ended.map((one) => (one.status === "rejected" ? (one.reason as unknown) : undefined));
        return { reasons: new Set(failed), error: failed[0] };
      },
      { applySeconds: 1 },
    );
    assert.equal(reasons.size, 1);
    assert.ok(pulumi.ResourceError.isInstance(error));
    const [title, ...rest] = error.message.split("\n");
    assert.match(title!, /not applied 3 roles within 1 s$/);
    tells(
      rest.slice(0, -1).map((line) => line.replace(/^ {2}- /, "").replace(/^ {4}/, "consequence: ")),
      [
        ["agents", "role agents, Secret agents-db-role", "permission denied"],
        ["consequence", "Mend it."],
        ["agents", "role gone, Secret gone-db-role", "does not exist"],
        ["consequence", "Mend it."],
        ["agents", "role agents_a", "not dropped yet"],
        ["consequence", "Wait."],
      ],
    );
    assert.match(rest.at(-1)!, /kubectl -n apps describe clusters\.postgresql\.cnpg\.io pg.*`pulumi up` again/);
    // Postgres repeats names that a tenant has chosen.
    assert.deepEqual(unseenIn(error.message), []);
    golden("rotate", "roles that are not applied in time", error.message);
    assert.equal(error.stack, error.message);
    assert.equal(error.hideStack, true);
  });

  it("fails when the cluster cannot be asked", () =>
    assert.rejects(
      wait((applied) => applied.applied(inline("agents")), { context: "prod" }),
      { message: /no context `prod` \(it has `lab`\)/ },
    ));
});
