import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "../../config/load";
import { preflight } from "../../preflight";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { apiReplies, CNPG, OWNER } from "../support/cluster";
import { service, stackConfig } from "../support/fixtures";
import { run } from "../support/program";

const DATABASES = `GET ${CNPG}/namespaces/apps/databases`;

describe("preflight", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer(apiReplies())));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  /** The program's side of the check; an owner that is not known yet in a preview. */
  function ask(values: object = {}, { preview = false, cluster = {} } = {}): Promise<Record<string, string>> {
    const program = async () => {
      const config = stackConfig({ ...values, services: { agents: {} } }, cluster);
      const stack: Stack = { ...config, name: "test", fullName: "o/p/test", kubeconfig: pulumi.secret(kubeconfigFor(server)) };
      const owner = pulumi.output(OWNER);
      if (preview) Object.assign(owner, { isKnown: Promise.resolve(false) });
      return preflight(stack, [service("agents", (values as { agents?: object }).agents)], owner);
    };
    return run(program).then(({ result }) => result);
  }

  it("lets the program go on", async () => assert.deepEqual(await ask(), {}));

  it("ends the program with every problem, its own objects of an interrupted run not among them", async () => {
    server.replies[DATABASES] = { items: [{ metadata: { name: "agents", annotations: { "cnpg-credentials/owner": OWNER } } }] };
    server.replies["GET /apis/storage.k8s.io/v1/storageclasses"] = { items: [] };
    server.replies[`GET ${CNPG}/namespaces/apps/clusters`] = { items: [{ metadata: { name: "pg" } }] };
    await assert.rejects(ask(), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(
        error.message,
        [
          "Cluster of stack test: 2 problems, nothing was changed",
          "  - cluster.storage.class: is not set, and the cluster has no default StorageClass; set one that it has (none)",
          "  - Cluster/pg: exists in apps and was not made by this program; remove it or rename it",
        ].join("\n"),
      );
      return true;
    });
  });

  it("takes no object for its own before it has a mark", async () => {
    server.replies[DATABASES] = { items: [{ metadata: { name: "agents", annotations: { "cnpg-credentials/owner": OWNER } } }] };
    await assert.rejects(ask({}, { preview: true }), /Database\/agents: exists in apps and belongs to another state/);
  });
});
