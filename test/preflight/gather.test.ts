import * as assert from "node:assert/strict";
import { gather } from "../../preflight/gather";
import { Unreachable } from "../../preflight/kubeconfig";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import { accessReview, apiReplies, clusterFacts, CNPG, operator, OPERATORS, OWNER, preflightRequest, REVIEWS } from "../support/cluster";

const SECRETS = "/api/v1/namespaces/apps/secrets";
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("preflight/gather", () => {
  let server: ApiServer;
  beforeEach(async () => (server = await startApiServer(apiReplies())));
  afterEach(async () => {
    await server.close();
    assert.deepEqual(server.unexpected, []);
  });

  const ask = (change: Partial<PreflightRequest> = {}): Promise<ClusterFacts> =>
    gather({ ...preflightRequest(), kubeconfig: kubeconfigFor(server), ...change });
  /** Asks with one thing answered differently. */
  const answering = (question: string, reply: (typeof server.replies)[string], change: Partial<PreflightRequest> = {}) => {
    server.replies[question] = reply;
    return ask(change);
  };
  async function unreachable(asking: Promise<unknown>, message: string): Promise<void> {
    await assert.rejects(asking, (error) => error instanceof Unreachable && assert.equal(error.message, message) === undefined);
  }

  it("finds a cluster in which everything is as it should be", async () => {
    assert.deepEqual(await ask(), { ...clusterFacts(), server: server.url });
  });

  it("asks once for everything, with the kubeconfig's credentials, and changes nothing", async () => {
    await ask();
    assert.deepEqual(server.asked.map(({ question }) => question).sort(), Object.keys(apiReplies()).sort());
    assert.ok(server.asked.every(({ authorization }) => authorization === "Bearer token-of-the-test"));
  });

  it("asks for names and marks alone when it lists, so that no Secret's data crosses the network", async () => {
    await ask({ databaseRoles: false });
    const lists = server.asked.filter(({ question }) => /namespaces\/apps\/\w+$/.test(question));
    assert.deepEqual(
      lists.map(({ question, accept }) => [question, accept]).sort(),
      ["clusters", "databases"]
        .map((kind) => [`GET ${CNPG}/namespaces/apps/${kind}`, METADATA_ONLY])
        .concat([[`GET ${SECRETS}`, METADATA_ONLY]])
        .sort(),
    );
    assert.ok(!server.asked.some(({ question }) => question.startsWith(`GET ${SECRETS}/`)));
  });

  it("reads the marks of what is there", async () => {
    const marked = {
      name: "agents-db-secret",
      labels: { "cnpg-credentials/stack": "test", "cnpg-credentials/service": "agents" },
      annotations: { "cnpg-credentials/owner": OWNER },
    };
    const { objects } = await answering(`GET ${SECRETS}`, { items: [{ metadata: marked }, { metadata: { name: "foreign" } }] });
    assert.deepEqual(objects.secrets, [
      { name: "agents-db-secret", owner: OWNER, stack: "test", service: "agents" },
      { name: "foreign", owner: undefined, stack: undefined, service: undefined },
    ]);
  });

  it("waits as long as a server asks for that is not ready yet", async () => {
    const question = `GET ${CNPG}/namespaces/apps/databases`;
    let times = 0;
    server.replies[question] = () => (++times < 3 ? [429, { "retry-after": "0" }] : { items: [{ metadata: { name: "agents" } }] });
    assert.deepEqual(
      (await ask()).objects.databases?.map(({ name }) => name),
      ["agents"],
    );
    assert.equal(times, 3);
  });

  it("asks about roles, backups and monitoring only where the stack has them", async () => {
    server.replies[`GET ${CNPG}/namespaces/apps/databaseroles`] = { items: [{ metadata: { name: "agents" } }] };
    server.replies[`GET ${CNPG}/namespaces/apps/scheduledbackups`] = { items: [] };
    server.replies["GET /apis/monitoring.coreos.com/v1"] = { resources: [{ name: "podmonitors" }] };
    const facts = await ask({ databaseRoles: true, scheduledBackups: ["daily"], podMonitor: true });
    assert.deepEqual(Object.keys(facts.objects), ["secrets", "clusters", "databases", "databaseroles", "scheduledbackups"]);
    assert.deepEqual([facts.objects.databaseroles?.length, facts.podMonitors], [1, true]);
  });

  it("knows when there are no PodMonitors", async () => {
    for (const reply of [404, { resources: [{ name: "probes" }] }])
      assert.equal((await answering("GET /apis/monitoring.coreos.com/v1", reply, { podMonitor: true })).podMonitors, false);
  });

  it("reads the volumes of the living cluster", async () => {
    const { liveCluster } = await answering(`GET ${CNPG}/namespaces/apps/clusters/pg`, {
      spec: { storage: { size: "4Gi" }, walStorage: { size: "1Gi" } },
    });
    assert.deepEqual(liveCluster, { storageSize: "4Gi", walStorageSize: "1Gi" });
  });

  it("knows when the namespace, the operator's kinds or its Deployment are not there", async () => {
    server.replies["GET /api/v1/namespaces/apps"] = 404;
    server.replies[`GET ${OPERATORS}`] = { items: [] };
    for (const kind of ["clusters", "databases"]) server.replies[`GET ${CNPG}/namespaces/apps/${kind}`] = 404;
    const facts = await answering(`GET ${CNPG}`, 404);
    assert.deepEqual([facts.namespaceExists, facts.cnpgKinds, facts.operators, facts.objects.clusters], [false, [], [], []]);
  });

  for (const [image, version] of [
    ["ghcr.example/cloudnative-pg/cloudnative-pg:1.30.0", "1.30.0"],
    ["registry.example:5000/cloudnative-pg:v1.31.2@sha256:abc", "1.31.2"],
    ["registry.example:5000/cloudnative-pg", ""],
    ["cloudnative-pg@sha256:abc", ""],
  ])
    it(`reads the version of ${image}`, async () => {
      const { operators } = await answering(`GET ${OPERATORS}`, { items: [operator(image ?? "", 2)] });
      assert.deepEqual(operators, [{ version, available: 2 }]);
    });

  it("says unknown where the account may not ask", async () => {
    server.replies["GET /api/v1/namespaces/apps"] = 403;
    server.replies[`GET ${OPERATORS}`] = 403;
    const facts = await answering("GET /apis/storage.k8s.io/v1/storageclasses", 403);
    assert.deepEqual([facts.namespaceExists, facts.operators, facts.storageClasses], ["unknown", "unknown", "unknown"]);
  });

  describe("rights", () => {
    const RULES = `POST ${REVIEWS}/selfsubjectrulesreviews`;
    const ACCESS = `POST ${REVIEWS}/selfsubjectaccessreviews`;
    const verbs = ["get", "list", "create", "patch", "update", "delete"];
    const rules = (...resourceRules: object[]) => ({ status: { resourceRules } });

    it("asks singly for what the rules do not grant, in the namespace", async () => {
      const granted = rules(
        { verbs, apiGroups: [""], resources: ["secrets"] },
        { verbs: ["get", "list"], apiGroups: ["postgresql.cnpg.io"], resources: ["*"] },
      );
      server.replies[RULES] = granted;
      const { forbidden } = await answering(
        ACCESS,
        accessReview((verb) => verb !== "delete"),
      );
      assert.deepEqual(forbidden, ["delete clusters", "delete databases"]);
      const reviews = server.asked.filter(({ question }) => question === ACCESS);
      assert.equal(reviews.length, 8);
      assert.deepEqual(reviews[0]?.body, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { namespace: "apps", verb: "create", group: "postgresql.cnpg.io", resource: "clusters" } },
      });
    });

    for (const [what, rule] of [
      ["other names", { verbs, apiGroups: ["*"], resources: ["*"], resourceNames: ["one"] }],
      ["another group", { verbs, apiGroups: ["apps"], resources: ["*"] }],
      ["another resource", { verbs, apiGroups: ["*"], resources: ["pods"] }],
    ] as const)
      it(`takes a rule for ${what} for none`, async () => {
        server.replies[RULES] = rules(rule);
        const { forbidden } = await answering(
          ACCESS,
          accessReview(() => false),
        );
        assert.equal(forbidden.length, 3 * verbs.length);
      });

    it("asks singly for everything where the rules cannot be listed", async () => {
      server.replies[RULES] = 403;
      assert.deepEqual(
        (
          await answering(
            ACCESS,
            accessReview(() => true),
          )
        ).forbidden,
        [],
      );
    });

    it("takes a refused list for a missing right, and knows nothing of those objects", async () => {
      const { forbidden, objects } = await answering(`GET ${SECRETS}`, 403);
      assert.deepEqual([forbidden, Object.keys(objects)], [["list secrets"], ["clusters", "databases"]]);
    });
  });

  it("reads the Secret to adopt from and the one that the role has, and no other", async () => {
    const [agents, temporal] = preflightRequest().services;
    assert.ok(agents && temporal);
    server.replies[`GET ${SECRETS}/old`] = { type: "Opaque", data: { password: base64("hünter2") } };
    const { adoptable } = await answering(`GET ${SECRETS}/agents-db-secret`, 404, {
      services: [{ ...agents, adopt: { secret: "old", key: "password" } }, temporal],
    });
    assert.deepEqual(adoptable, { old: { type: "Opaque", data: { password: "hünter2" } } });
    assert.equal(server.asked.filter(({ question }) => question.startsWith(`GET ${SECRETS}/`)).length, 2);
  });

  describe("a cluster that cannot be asked", () => {
    it("does not answer", async () => {
      await server.close();
      await unreachable(ask(), `${server.url} does not answer (ECONNREFUSED)`);
    });

    it("is not the one that the kubeconfig trusts", async () => {
      const other = await startApiServer({});
      await other.close();
      await unreachable(
        ask({ kubeconfig: kubeconfigFor({ ...server, ca: other.ca }) }),
        `${server.url} does not answer (DEPTH_ZERO_SELF_SIGNED_CERT)`,
      );
    });

    it("does not accept the credentials", () =>
      unreachable(answering("GET /version", 401), `${server.url} does not accept the kubeconfig's credentials`));

    it("answers something else than JSON", () =>
      unreachable(answering(`GET ${CNPG}`, "<html>"), `${server.url} does not answer (what it says is no JSON)`));

    // Taken for "there is none", the guard against overwriting somebody else's object would be open.
    for (const status of [429, 500, 503])
      it(`answers ${status} half way through`, () =>
        unreachable(answering(`GET ${SECRETS}`, status), `${server.url} answers ${status} to ${SECRETS}`));

    it("speaks no TLS", () => {
      const plain = { url: "http://localhost:1", ca: server.ca };
      return unreachable(ask({ kubeconfig: kubeconfigFor(plain) }), "http://localhost:1 does not answer (ERR_INVALID_PROTOCOL)");
    });

    it("has an address that is none", () => {
      const nowhere = { url: "nowhere", ca: server.ca };
      return unreachable(ask({ kubeconfig: kubeconfigFor(nowhere) }), "nowhere does not answer (ERR_INVALID_URL)");
    });
  });
});
