import * as assert from "node:assert/strict";
import { gather } from "../../preflight/gather";
import { METADATA_ONLY } from "../../kube/client";
import { Unreachable } from "../../kube/kubeconfig";
import type { ClusterFacts, PreflightRequest } from "../../preflight/types";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer } from "../support/apiServer";
import {
  accessReview,
  apiReplies,
  clusterFacts,
  CNPG,
  JOBS,
  operator,
  OPERATORS,
  OWNER,
  preflightRequest,
  REVIEWS,
} from "../support/cluster";

const CONFIG_MAPS = "/api/v1/namespaces/apps/configmaps";
const SECRETS = "/api/v1/namespaces/apps/secrets";
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
  it("is not content with half an answer", () =>
    // Taken for "there is none", the guard against overwriting somebody else's object would be
    // open.
    assert.rejects(answering(`GET ${SECRETS}`, 503), (error) => error instanceof Unreachable));

  it("finds a cluster in which everything is as it should be", async () => {
    assert.deepEqual(await ask(), { ...clusterFacts(), server: server.url });
  });

  it("asks once for everything, with the kubeconfig's credentials, and changes nothing", async () => {
    await ask();
    const questions = server.asked.map(({ question }) => question);
    assert.equal(new Set(questions).size, questions.length);
    // A question for the account's own rights is a POST, and makes nothing.
    assertReads(
      questions.filter((question) => !question.startsWith(`POST ${REVIEWS}/`)),
      Object.keys(apiReplies()).length,
    );
    assert.ok(server.asked.every(({ authorization }) => authorization === "Bearer token-of-the-test"));
  });

  it("asks for names and marks alone when it lists, so that no Secret's data crosses the network", async () => {
    await ask({ databaseRoles: false });
    const lists = server.asked.filter(({ question }) => /namespaces\/apps\/\w+$/.test(question) && !question.endsWith("externalsecrets"));
    assert.deepEqual(
      lists.map(({ question, accept }) => [question, accept]).sort(),
      ["clusters", "databases"]
        .map((kind) => [`GET ${CNPG}/namespaces/apps/${kind}`, METADATA_ONLY])
        .concat([SECRETS, CONFIG_MAPS, JOBS].map((path) => [`GET ${path}`, METADATA_ONLY]))
        .sort(),
    );
    assert.ok(!server.asked.some(({ question }) => question.startsWith(`GET ${SECRETS}/`)));
  });

  it("reads the marks of what is there", async () => {
    const marked = {
      name: "agents-db-secret",
      labels: { "cnpg-credentials/stack": "test", "cnpg-credentials/service": "agents" },
      annotations: {
        "cnpg-credentials/owner": OWNER,
        "cnpg-credentials/login": "agents_b",
        "cnpg-credentials/previous-login": "agents_a",
        "cnpg-credentials/generation": "0.0.2",
      },
    };
    const { objects } = await answering(`GET ${SECRETS}`, { items: [{ metadata: marked }, { metadata: { name: "foreign" } }] });
    assert.deepEqual(objects.secrets, [
      {
        name: "agents-db-secret",
        owner: OWNER,
        stack: "test",
        service: "agents",
        login: "agents_b",
        previous: "agents_a",
        generation: "0.0.2",
      },
      { name: "foreign" },
    ]);
  });

  it("reads when a Secret's data was last written, by whomever", async () => {
    const wrote = (time: string | undefined, ...fields: string[]) => ({
      time,
      fieldsV1: Object.fromEntries(fields.map((field) => [field, {}])),
    });
    const managedFields = [
      wrote("2026-07-01T12:00:00Z", "f:data", "f:metadata"),
      wrote("2026-07-01T12:05:00Z", "f:data"),
      wrote("2026-07-01T12:09:00Z", "f:metadata"),
      wrote(undefined, "f:data"),
    ];
    const { objects } = await answering(`GET ${SECRETS}`, { items: [{ metadata: { name: "x", managedFields } }] });
    assert.deepEqual(objects.secrets, [{ name: "x", changedAt: new Date("2026-07-01T12:05:00Z") }]);
  });

  it("asks about roles, backups and monitoring only where the stack has them", async () => {
    server.replies[`GET ${CNPG}/namespaces/apps/databaseroles`] = { items: [{ metadata: { name: "agents" } }] };
    server.replies[`GET ${CNPG}/namespaces/apps/scheduledbackups`] = { items: [] };
    server.replies["GET /apis/monitoring.coreos.com/v1"] = { resources: [{ name: "podmonitors" }] };
    const facts = await ask({ databaseRoles: true, scheduledBackups: ["daily"], podMonitor: true });
    assert.deepEqual(Object.keys(facts.objects), [
      "secrets",
      "jobs",
      "clusters",
      "databases",
      "configmaps",
      "databaseroles",
      "scheduledbackups",
    ]);
    assert.deepEqual([facts.objects.databaseroles?.length, facts.podMonitors], [1, true]);
  });

  it("knows when there are no PodMonitors", async () => {
    for (const reply of [404, { resources: [{ name: "probes" }] }])
      assert.equal((await answering("GET /apis/monitoring.coreos.com/v1", reply, { podMonitor: true })).podMonitors, false);
  });

  it("reads the volumes of the living cluster, and whom it has dropped", async () => {
    const { liveCluster } = await answering(`GET ${CNPG}/namespaces/apps/clusters/pg`, {
      spec: {
        storage: { size: "4Gi" },
        walStorage: { size: "1Gi" },
        managed: { roles: [{ name: "agents" }, { name: "agents_b", ensure: "absent" }] },
      },
    });
    assert.deepEqual(liveCluster, {
      storageSize: "4Gi",
      walStorageSize: "1Gi",
      managedRoles: ["agents"],
      declaredRoles: [{ name: "agents" }],
    });
    assert.deepEqual(
      server.asked.filter(({ question }) => question.startsWith(`GET ${SECRETS}/`)),
      [],
    );
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

  it("reads the Secret to adopt from and those of the service's own roles, and no other", async () => {
    const [agents, temporal] = preflightRequest().services;
    assert.ok(agents && temporal);
    server.replies[`GET ${SECRETS}/old`] = { type: "Opaque", data: { password: base64("hünter2") } };
    const own = ["agents-db-role", "agents-db-role-a", "agents-db-role-b"];
    for (const name of own) server.replies[`GET ${SECRETS}/${name}`] = 404;
    const { adoptable } = await ask({ services: [{ ...agents, adopt: { secret: "old", key: "password" } }, temporal] });
    assert.deepEqual(adoptable, { old: { type: "Opaque", data: { password: "hünter2" } } });
    const read = server.asked.filter(({ question }) => question.startsWith(`GET ${SECRETS}/`));
    assert.deepEqual(read.map(({ question }) => question).sort(), ["old", ...own].map((name) => `GET ${SECRETS}/${name}`).sort());
  });

  describe("Poolers", () => {
    const POOLERS = `GET ${CNPG}/namespaces/apps/poolers`;
    const asking = (reply: (typeof server.replies)[string]): Promise<ClusterFacts> => {
      const [agents, temporal] = preflightRequest().services;
      return answering(POOLERS, reply, { services: [{ ...agents!, pooler: "pooler-rw" }, temporal!] });
    };
    const pooler = (name: string, pgbouncer?: object) => ({
      metadata: { name },
      spec: { cluster: { name: "pg" }, ...(pgbouncer ? { pgbouncer } : {}) },
    });
    const facts = { cluster: "pg", asksAsItself: false, clientTls: "prefer", hasOwnCertificate: false };

    it("are read where a service names one", async () => {
      const items = [
        pooler("plain"),
        pooler("tls", { poolMode: "transaction", parameters: { client_tls_sslmode: "require" } }),
        pooler("asks", { authQuery: "select 1" }),
        pooler("knows", { authQuerySecret: { name: "s" } }),
        pooler("proves", { serverTLSSecret: { name: "s" } }),
        pooler("has-none", { authQuery: "", authQuerySecret: {} }),
      ];
      assert.deepEqual((await asking({ items })).poolers, [
        { ...facts, name: "plain" },
        { ...facts, name: "tls", clientTls: "require" },
        { ...facts, name: "asks", asksAsItself: true },
        { ...facts, name: "knows", asksAsItself: true },
        { ...facts, name: "proves", asksAsItself: true },
        { ...facts, name: "has-none" },
      ]);
    });

    it("are unknown where the account may not list them", async () => assert.equal((await asking(403)).poolers, "unknown"));
  });

  describe("workloads", () => {
    const API = "GET /apis/apps/v1/namespaces/apps/deployments/api";
    const WORKER = "GET /apis/apps/v1/namespaces/jobs/statefulsets/worker";
    const NODE = "GET /apis/apps/v1/namespaces/apps/daemonsets/node";
    const workloads = [
      { kind: "Deployment", name: "api" },
      { kind: "StatefulSet", name: "worker", namespace: "jobs" },
      { kind: "DaemonSet", name: "node" },
    ] as const;
    const asking = (): Promise<ClusterFacts> => {
      const [agents, temporal] = preflightRequest().services;
      return ask({ services: [{ ...agents!, workloads: [...workloads] }, temporal!] });
    };

    it("reads whether a change of their pods makes new ones, and whether they have all that they are to have", async () => {
      server.replies[`POST ${REVIEWS}/selfsubjectaccessreviews`] = accessReview(() => true);
      const good = { exists: true, patchable: true };
      const cases: [object, object, object, object[]][] = [
        [
          { spec: { replicas: 2 }, status: { availableReplicas: 2 } },
          { spec: { replicas: 0, updateStrategy: { type: "RollingUpdate" } }, status: {} },
          { spec: {}, status: { desiredNumberScheduled: 3, numberAvailable: 3 } },
          [good, good, good],
        ],
        [
          { spec: { replicas: 2, paused: true }, status: { availableReplicas: 2 } },
          { spec: { replicas: 1, updateStrategy: { type: "OnDelete" } }, status: {} },
          { spec: {}, status: { desiredNumberScheduled: 3, numberAvailable: 1 } },
          [
            { ...good, held: "paused" },
            { ...good, held: "OnDelete", lacking: { wanted: 1, available: 0 } },
            { ...good, lacking: { wanted: 3, available: 1 } },
          ],
        ],
      ];
      for (const [api, worker, node, expected] of cases) {
        Object.assign(server.replies, { [API]: api, [WORKER]: worker, [NODE]: node });
        assert.deepEqual(Object.values((await asking()).workloads), expected);
      }
    });

    it("asks for each whether it is there and may be patched", async () => {
      Object.assign(server.replies, { [API]: {}, [WORKER]: 404, [NODE]: 403 });
      server.replies[`POST ${REVIEWS}/selfsubjectaccessreviews`] = accessReview(
        (verb, resource) => verb === "patch" && resource !== "daemonsets",
      );
      assert.deepEqual((await asking()).workloads, {
        "Deployment apps/api": { exists: true, patchable: true },
        "StatefulSet jobs/worker": { exists: false, patchable: true },
        "DaemonSet apps/node": { exists: "unknown", patchable: false },
      });
      // Of the three at once, whichever came first.
      const reviews = server.asked.filter(({ question }) => question.includes("accessreviews")).map(({ body }) => JSON.stringify(body));
      const review = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { namespace: "jobs", name: "worker", verb: "patch", group: "apps", resource: "statefulsets" } },
      };
      assert.equal(reviews.length, 3);
      assert.ok(reviews.includes(JSON.stringify(review)), reviews.join("\n"));
    });
  });
});
