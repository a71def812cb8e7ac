import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { METADATA_ONLY } from "../../kube/client";
import { AppliedRoles, type Expectation } from "../../rotation/applied";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { CNPG } from "../support/cluster";
import { stackConfig } from "../support/fixtures";
import { golden } from "../support/golden";
import { run } from "../support/program";
import { tells } from "../support/told";

const CLUSTER = `GET ${CNPG}/namespaces/apps/clusters/pg`;
const ROLES = `GET ${CNPG}/namespaces/apps/databaseroles`;
const SECRETS = "GET /api/v1/namespaces/apps/secrets?labelSelector=cnpg-credentials%2Fstack%3Dtest";

const inline = (name: string): Expectation => ({ service: name, role: name, secret: `${name}-db-role`, consequence: "Mend it." });
const secrets = (...names: string[]) => ({ items: names.map((name) => ({ metadata: { name: `${name}-db-role`, resourceVersion: "7" } })) });
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
      [SECRETS]: secrets("agents", "graph"),
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
      3,
    );
    const accepted = server.asked.filter(({ question }) => question === SECRETS).map(({ accept }) => accept);
    assert.deepEqual(accepted, [METADATA_ONLY]);
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
      items: [{ metadata: { name: "agents-a", generation: 1 }, status: { applied: true, observedGeneration: 1, secretResourceVersion } }],
    });
    server.replies[CLUSTER] = {};
    server.replies[ROLES] = () => object(++looks < 2 ? "6" : "7");
    await wait((applied) => applied.applied({ ...inline("agents"), role: "agents_a", object: "agents-a" }));
    assert.equal(looks, 2);
  });

  it("waits for a role to be dropped, which has no Secret any more", async () => {
    let looks = 0;
    server.replies[SECRETS] = { items: [] };
    server.replies[CLUSTER] = () => (++looks < 2 ? {} : status({ agents_b: "" }));
    await wait((applied) => applied.applied({ service: "agents", role: "agents_b", consequence: "" }));
    assert.equal(looks, 2);
  });

  it("waits for no role that has long been dropped: its Secret, which goes last, is gone", async () => {
    server.replies[CLUSTER] = {};
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

  it("gives up on everybody at once, with CloudNativePG's own reasons and what holds meanwhile", async () => {
    server.replies[CLUSTER] = status({ graph: "6" }, { agents: ["permission denied"] });
    const missing = { ...inline("agents"), role: "gone", secret: "gone-db-role" };
    const dropped = { service: "graph", role: "graph_a", consequence: "Wait." };
    const failing = wait(
      async (applied) => {
        const all = [inline("agents"), inline("graph"), missing, dropped].map((one) => applied.applied(one));
        for (const one of all.slice(1)) one.catch(() => undefined);
        await all[0];
      },
      { applySeconds: 1 },
    );
    await assert.rejects(failing, (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      const [title, ...rest] = error.message.split("\n");
      assert.match(title!, /not applied 4 roles within 1 s$/);
      tells(
        rest.slice(0, -1).map((line) => line.replace(/^ {2}- /, "").replace(/^ {4}/, "consequence: ")),
        [
          ["agents", "role agents, Secret agents-db-role", "permission denied"],
          ["consequence", "Mend it."],
          ["graph", "role graph, Secret graph-db-role", "present version"],
          ["consequence", "Mend it."],
          ["agents", "role gone, Secret gone-db-role", "does not exist"],
          ["consequence", "Mend it."],
          ["graph", "role graph_a", "not dropped yet"],
          ["consequence", "Wait."],
        ],
      );
      assert.match(rest.at(-1)!, /kubectl -n apps describe clusters\.postgresql\.cnpg\.io pg.*`pulumi up` again/);
      golden("rotate", "roles that are not applied in time", error.message);
      assert.equal(error.stack, error.message);
      return true;
    });
  });

  it("fails when the cluster cannot be asked", () =>
    assert.rejects(
      wait((applied) => applied.applied(inline("agents")), { context: "prod" }),
      { message: /no context `prod` \(it has `lab`\)/ },
    ));
});
