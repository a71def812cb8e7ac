import * as assert from "node:assert/strict";
import type { KubeConfig } from "@kubernetes/client-node";
import { select } from "../../../catalog/select";
import { askCluster } from "../../../cli/doctor/gather";
import type { Asked } from "../../../cli/doctor/checks";
import { choicesOf } from "../../../config/choices";
import { kubeconfigFor, startApiServer, type ApiServer } from "../../support/apiServer";
import { apiReplies } from "../../support/cluster";
import { stackConfig } from "../../support/fixtures";

const SELF = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
const NODES = "GET /api/v1/nodes";
const NAMESPACE = "GET /api/v1/namespaces/apps";
const QUOTAS = "GET /api/v1/namespaces/apps/resourcequotas";

describe("cli/doctor/gather", () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await startApiServer({
      ...apiReplies(),
      "GET /version": { gitVersion: "v1.35.0" },
      [SELF]: { status: { userInfo: { username: "jane" } } },
      [NODES]: { items: [{ status: { images: [{ names: ["docker.io/library/pg:17"] }] } }, { status: {} }] },
      [NAMESPACE]: { metadata: { name: "apps", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
      [QUOTAS]: { items: [{ status: { hard: { pods: "10" }, used: { pods: "3" } } }] },
    });
  });
  afterEach(() => server.close());

  async function ask(): Promise<Asked> {
    const stack = choicesOf(stackConfig({ services: { platform: {} }, environment: "dev" }, { image: "pg:17" }), "dev");
    const selected = await select(stack);
    assert.ok("services" in selected);
    const target = { kind: "own", title: "", kubeconfig: "", named: kubeconfigFor(server), context: "lab", server: server.url } as const;
    const rest = { config: undefined as unknown as KubeConfig, directory: "", overrides: { context: "lab" } };
    return askCluster({ stack, selected }, { ...target, ...rest }, { stack: "dev", kubectl: ["kubectl"], helm: [] });
  }

  it("asks who asks, what the namespace takes, and what the nodes have", async () => {
    const { own, facts } = await ask();
    assert.deepEqual(own, {
      version: "v1.35.0",
      user: "jane",
      namespaces: { apps: { exists: true, enforce: "restricted", quotas: ["pods 3 of 10"] } },
      externalSecrets: false,
      externalSecretsReleases: [],
      images: { "pg:17": { on: 1, of: 2 }, "psql:17": { on: 0, of: 2 } },
    });
    assert.equal(facts.server, server.url);
    assert.deepEqual(server.unexpected, []);
  });

  it("changes nothing, and sends nothing but questions about rights and a pod that is tried", async () => {
    await ask();
    const writes = server.asked.map(({ question }) => question).filter((question) => !question.startsWith("GET "));
    assert.deepEqual(
      writes.filter((question) => !/ \/apis\/auth\w+\.k8s\.io\/v1\/selfsubject\w*reviews$|\/pods\?dryRun=All$/.test(question)),
      [],
    );
  });

  it("does without what the account may not look at", async () => {
    for (const question of [SELF, NODES, NAMESPACE, QUOTAS]) server.replies[question] = 403;
    const { own } = await ask();
    assert.deepEqual(own.namespaces, { apps: { exists: "unknown", quotas: [] } });
    assert.deepEqual([own.user, own.images["pg:17"]], [undefined, "unknown"]);
  });
});
