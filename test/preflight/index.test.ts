import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../../config/load";
import { preflight } from "../../preflight";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { apiReplies, CNPG, OWNER } from "../support/cluster";
import { service, stackConfig } from "../support/fixtures";
import { run } from "../support/program";

const SECRETS = "/api/v1/namespaces/apps/secrets";
const DATABASES = `GET ${CNPG}/namespaces/apps/databases`;

describe("preflight", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer(apiReplies())));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  /** What the program does before it makes anything; in a first preview, the state has no mark yet. */
  async function ask({ agents = {}, context = "lab", firstPreview = false } = {}): Promise<Record<string, string>> {
    const program = () => {
      const kubeconfig = pulumi.secret(kubeconfigFor(server));
      const stack: Stack = { ...stackConfig({ context, services: { agents } }), name: "test", fullName: "o/p/test", kubeconfig };
      const owner = pulumi.output(OWNER);
      if (firstPreview) Object.assign(owner, { isKnown: Promise.resolve(false) });
      return preflight(stack, [service("agents", agents)], owner);
    };
    return (await run(program)).result;
  }
  /** Asks, and is refused with these problems. */
  async function refused(asking: Promise<unknown>, ...problems: string[]): Promise<void> {
    await assert.rejects(asking, (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      const title = `Cluster of stack test: ${problems.length} problem${problems.length === 1 ? "" : "s"}, nothing was changed`;
      assert.equal(error.message, [title, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
      return true;
    });
  }
  const marked = (name: string) => ({
    metadata: { name, annotations: { "cnpg-credentials/owner": OWNER }, labels: { "cnpg-credentials/service": name } },
  });

  it("lets the program go on", async () => assert.deepEqual(await ask(), {}));

  it("ends the program with every problem, its own objects of an interrupted run not among them", async () => {
    server.replies[DATABASES] = { items: [marked("agents")] };
    server.replies["GET /apis/storage.k8s.io/v1/storageclasses"] = { items: [] };
    server.replies[`GET ${CNPG}/namespaces/apps/clusters`] = { items: [{ metadata: { name: "pg" } }] };
    await refused(
      ask(),
      "cluster.storage.class: is not set, and the cluster has no default StorageClass; set one that it has (none)",
      "Cluster/pg: exists in apps and was not made by this program; remove it or rename it",
    );
  });

  it("takes no object for its own before it has a mark", async () => {
    server.replies[DATABASES] = { items: [marked("agents")] };
    await refused(
      ask({ firstPreview: true }),
      `Namespace/apps: Database/agents belongs to another state (${OWNER}); use that state; if it is lost, see "Lost state" in the README`,
    );
  });

  it("ends the program when the cluster cannot be asked", () =>
    refused(
      ask({ context: "prod" }),
      "context: the kubeconfig has no context `prod` (it has `lab`); see that `kubectl get namespaces` works with that kubeconfig and context",
    ));

  it("hands the password to adopt to the program", async () => {
    server.replies[`GET ${SECRETS}/old`] = { type: "Opaque", data: { password: Buffer.from("hunter2").toString("base64") } };
    server.replies[`GET ${SECRETS}/agents-db-secret`] = 404;
    assert.deepEqual(await ask({ agents: { adopt: { secret: "old" } } }), { agents: "hunter2" });
  });

  it("says which service goes, and lets the program go on", async () => {
    server.replies[DATABASES] = { items: [marked("graph")] };
    const said: unknown[] = [];
    const { warn } = console;
    console.warn = (...line: unknown[]) => said.push(...line); // where the SDK logs without an engine
    try {
      assert.deepEqual(await ask(), {});
    } finally {
      console.warn = warn;
    }
    assert.match(said.join("\n"), /warning: .*graph is off: its Secret and its password go/);
  });
});
