import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ExternalSecretPlan } from "../../catalog/externalSecrets";
import type { Stack } from "../../config/load";
import { preflight, type Preflight } from "../../preflight";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { apiReplies, CNPG, OWNER, REVIEWS } from "../support/cluster";
import { planRotations } from "../../rotation/plan";
import { service, stackConfig } from "../support/fixtures";
import { golden } from "../support/golden";
import { run } from "../support/program";
import { tells, type Told } from "../support/told";
import { externalSecretPlans } from "../support/vault";
import { warnings } from "../support/warnings";

const SECRETS = "/api/v1/namespaces/apps/secrets";
const DATABASES = `GET ${CNPG}/namespaces/apps/databases`;

describe("preflight", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer(apiReplies())));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  /**
   * What the program does before it makes anything; in a first preview, the state has no mark yet.
   */
  async function ask({
    agents = {},
    context = "lab",
    firstPreview = false,
    roleApi = "inline",
    rotation = {},
    fetched = undefined as ExternalSecretPlan[] | undefined,
    kubeconfig = kubeconfigFor(server),
    environment = undefined as Stack["environment"],
  } = {}): Promise<Preflight> {
    const program = () => {
      const stack: Stack = {
        ...stackConfig({ context, roleApi, services: { agents }, rotation }),
        name: "test",
        fullName: "o/p/test",
        kubeconfig: pulumi.secret(kubeconfig),
        ...(environment === undefined ? {} : { environment }),
        vaultValues: {},
      };
      const owner = pulumi.output(OWNER);
      if (firstPreview) Object.assign(owner, { isKnown: Promise.resolve(false) });
      return preflight(stack, planRotations([service("agents", agents, rotation)]), owner, {
        gates: [],
        ...(fetched && { fetched: { plans: fetched, stores: [], paths: {}, copies: [] } }),
      });
    };
    return (await run(program)).result;
  }
  /** Asks, and is refused with these problems. */
  async function refused(asking: Promise<unknown>, ...told: Told[]): Promise<string> {
    const error: unknown = await asking.then(
      () => assert.fail("the program went on"),
      (reason: unknown) => reason,
    );
    assert.ok(pulumi.RunError.isInstance(error));
    const [title, ...problems] = error.message.split("\n");
    const count = `${told.length} problem${told.length === 1 ? "" : "s"},`;
    assert.ok(title!.startsWith("Cluster of stack test: ") && title!.includes(count), title);
    tells(
      problems.map((line) => line.replace(/^ {2}- /, "")),
      told,
    );
    return error.message;
  }
  it("asks nothing of an API server that nobody proves, unless the stack is one of dev", async () => {
    const { clusters, ...rest } = JSON.parse(kubeconfigFor(server)) as { clusters: { name: string; cluster: object }[] };
    const anybody = (cluster: object) => ({ server: server.url, "insecure-skip-tls-verify": true, ...cluster });
    const kubeconfig = (cluster: object) =>
      JSON.stringify({ ...rest, clusters: clusters.map(({ name }) => ({ name, cluster: anybody(cluster) })) });
    await refused(ask({ kubeconfig: kubeconfig({}) }), ["context", "`insecure-skip-tls-verify` accepts any server"]);
    await refused(ask({ kubeconfig: kubeconfig({ "insecure-skip-tls-verify": false, server: "http://localhost:1" }) }), [
      "context",
      "without TLS",
    ]);
    assert.deepEqual(server.asked, []);
    await ask({ kubeconfig: kubeconfig({}), environment: "dev" });
  });

  const marked = (name: string) => ({
    metadata: { name, annotations: { "cnpg-credentials/owner": OWNER }, labels: { "cnpg-credentials/service": name } },
  });

  it("lets the program go on", async () => {
    const { adopted } = await ask();
    assert.deepEqual(adopted, {});
  });

  it("looks at the Pooler that a service is led to", async () => {
    server.replies[`GET ${CNPG}/namespaces/apps/poolers`] = {
      items: [{ metadata: { name: "pooler-rw" }, spec: { cluster: { name: "other" } } }],
    };
    await refused(ask({ agents: { pooler: "pooler-rw" } }), ["services.agents.pooler", "`pooler-rw` leads to the Cluster other"]);
  });

  it("ends the program with every problem, its own objects of an interrupted run not among them", async () => {
    server.replies[DATABASES] = { items: [marked("agents")] };
    server.replies["GET /apis/storage.k8s.io/v1/storageclasses"] = { items: [] };
    server.replies[`GET ${CNPG}/namespaces/apps/clusters`] = { items: [{ metadata: { name: "pg" } }] };
    const text = await refused(ask(), ["cluster.storage.class", "is not set"], ["Cluster/pg", "not made by this program"]);
    golden("preflight", "two problems", text);
  });

  it("takes no object for its own before it has a mark", async () => {
    server.replies[DATABASES] = { items: [marked("agents")] };
    await refused(ask({ firstPreview: true }), ["Namespace/apps", `Database/agents belongs to another state (${OWNER})`]);
  });

  it("ends the program when the cluster cannot be asked", async () => {
    await refused(ask({ context: "prod" }), ["context", "no context `prod`", "it has `lab`"]);
  });

  it("hands the password to adopt to the program", async () => {
    server.replies[`GET ${SECRETS}/old`] = { type: "Opaque", data: { password: Buffer.from("hunter2").toString("base64") } };
    for (const slot of ["", "-a", "-b"]) server.replies[`GET ${SECRETS}/agents-db-role${slot}`] = 404;
    const { adopted } = await ask({ agents: { adopt: { secret: "old" } } });
    assert.deepEqual(adopted, { agents: "hunter2" });
  });

  describe("rotation", () => {
    const rotated = { services: { agents: { active: "b", a: 0, b: 1 } } };
    const alternating = { strategy: "alternating" };
    const workloads = [{ kind: "Deployment", name: "api" }];
    /** The application's Secret as the `up` of the generation 0 left it, so many seconds ago. */
    const reading = (seconds = 3600, previous?: string, role = "agents_a") => ({
      items: [
        {
          metadata: {
            name: "agents-db-secret",
            annotations: {
              "cnpg-credentials/owner": OWNER,
              "cnpg-credentials/login": role,
              "cnpg-credentials/generation": "0.0.0",
              ...(previous === undefined ? {} : { "cnpg-credentials/previous-login": previous }),
            },
            managedFields: [{ time: new Date(Date.now() - seconds * 1000).toISOString(), fieldsV1: { "f:data": {} } }],
          },
        },
        ...["-a", "-b"].map((slot) => ({
          metadata: {
            name: `agents-db-role${slot}`,
            annotations: { "cnpg-credentials/owner": OWNER, "cnpg-credentials/generation": "0.0.0" },
          },
        })),
      ],
    });

    it("lets a turn be, as the Secrets are", async () => {
      server.replies[`GET ${SECRETS}`] = reading();
      await ask({ agents: { rotation: alternating }, rotation: rotated });
    });

    it("refuses to leave the login that the application's Secret names, with what to write", async () => {
      server.replies[`GET ${SECRETS}`] = reading(3600, undefined, "agents");
      await refused(ask({ agents: { rotation: alternating }, rotation: { services: { agents: { active: "b", a: 0, b: 0 } } } }), [
        "rotation.services.agents",
        "does not keep agents,",
        "`agents: { active: b, a: retired, b: 0, owner: 0 }`",
      ]);
    });

    it("refuses a turn that comes round too soon, with when it may", async () => {
      server.replies[`GET ${SECRETS}`] = reading(20, "agents_b");
      await assert.rejects(ask({ agents: { rotation: alternating }, rotation: { ...rotated, settleSeconds: 300 } }), (error) => {
        const [, until = ""] =
          /agents: ends the credential of agents_b, .*; wait until (.*Z), or lower/.exec((error as Error).message) ?? [];
        const wait = (Date.parse(until) - Date.now()) / 1000;
        assert.ok(wait > 270 && wait <= 280, String(wait));
        return true;
      });
    });

    it("believes no mark of a Secret that is somebody else's", async () => {
      server.replies[`GET ${SECRETS}`] = {
        items: [{ metadata: { name: "agents-db-secret", annotations: { "cnpg-credentials/login": "agents_b" } } }],
      };
      for (const slot of ["", "-a", "-b"]) server.replies[`GET ${SECRETS}/agents-db-role${slot}`] = 404;
      server.replies[`GET ${SECRETS}/agents-db-secret`] = {
        type: "kubernetes.io/basic-auth",
        data: { password: Buffer.from("hunter2").toString("base64") },
      };
      const adopt = { secret: "agents-db-secret" };
      const services = { agents: { active: "a", a: 1, owner: "adopted" } };
      assert.deepEqual((await ask({ agents: { adopt, rotation: alternating }, rotation: { services } })).adopted, { agents: "hunter2" });
    });

    const API = "GET /apis/apps/v1/namespaces/apps/deployments/api";
    const REVIEW = `POST ${REVIEWS}/selfsubjectaccessreviews`;

    it("refuses what would not restart in the end, together with everything else", async () => {
      Object.assign(server.replies, { [`GET ${SECRETS}`]: reading(), [API]: 404, [REVIEW]: { status: { allowed: true } } });
      server.replies["GET /apis/storage.k8s.io/v1/storageclasses"] = { items: [] };
      await refused(
        ask({ agents: { rotation: alternating, workloads }, rotation: rotated }),
        ["cluster.storage.class", "is not set"],
        ["services.agents.workloads", "Deployment apps/api", "does not exist"],
      );
    });

    it("asks for no workload that the stack restarts in another way", async () => {
      server.replies[`GET ${SECRETS}`] = reading();
      for (const restart of ["none", "reloader"]) await ask({ agents: { rotation: alternating, workloads, restart }, rotation: rotated });
      assert.ok(!server.asked.some(({ question }) => question === API));
    });

    it("knows the objects of logins that alternate, where roles are objects", async () => {
      server.replies[`GET ${CNPG}/namespaces/apps/databaseroles`] = { items: [{ metadata: { name: "agents-b" } }] };
      const taken: Told = ["DatabaseRole/agents-b", "not made by this program"];
      await refused(ask({ agents: { rotation: alternating }, roleApi: "databaseRole" }), taken);
      await ask({ roleApi: "databaseRole" });
    });
  });

  it("says which bundle has no namespace, and lets the program go on without it", async () => {
    const api = "/apis/external-secrets.io/v1";
    Object.assign(server.replies, {
      [`GET ${api}`]: { resources: [{ name: "externalsecrets" }, { name: "clustersecretstores" }] },
      [`GET ${api}/namespaces/tools/externalsecrets`]: { items: [] },
      "GET /api/v1/namespaces/tools": 404,
      "GET /api/v1/namespaces/tools/secrets/tools-login": 404,
    });
    const fetched = externalSecretPlans().filter(({ namespace }) => namespace === "tools");
    const said = await warnings(async () => assert.deepEqual([...(await ask({ fetched })).missingNamespaces], ["tools"]));
    assert.match(said, /warning: .*the bundle tools needs the namespace tools, which does not exist/);
  });

  it("says which service goes, and lets the program go on", async () => {
    server.replies[DATABASES] = { items: [marked("graph")] };
    const said = await warnings(async () => assert.deepEqual((await ask()).adopted, {}));
    assert.match(said, /warning: .*graph is off: its Secret and its password go/);
  });
});
