import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { gather } from "../../../cli/drift/gather";
import type { Desired } from "../../../cli/drift/types";
import { CNPG, EXTERNAL_SECRETS, objectsPath } from "../../../kube/kinds/groups";
import { assertReads, kubeconfigFor, startApiServer, type ApiServer, type Reply } from "../../support/apiServer";

const DESIRED: Desired = {
  namespace: "apps",
  cluster: "pg",
  services: {},
  clusterSpec: { pgHba: [], superuserAccess: false },
  secrets: [],
  roles: [],
  databases: [],
  others: [],
  pending: 0,
};
const SECRETS = "GET /api/v1/namespaces/apps/secrets";
const OPERATORS = "GET /apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dcloudnative-pg";
const EXTERNAL = `GET ${objectsPath(EXTERNAL_SECRETS, "apps", "externalsecrets")}`;
const at = (plural: string) => `GET ${objectsPath(CNPG, "apps", plural)}`;
const ofCluster = (name: string, cluster: string) => ({ metadata: { name }, spec: { cluster: { name: cluster } } });
const REPLIES: Readonly<Record<string, Reply>> = {
  [at("clusters")]: { items: [{ metadata: { name: "pg" }, spec: { enableSuperuserAccess: false } }] },
  [at("databases")]: { items: [ofCluster("app", "pg"), ofCluster("app", "another")] },
  [at("databaseroles")]: { items: [] },
  [at("publications")]: { items: [] },
  [at("subscriptions")]: { items: [ofCluster("copy", "pg"), ofCluster("copy", "another")] },
  [SECRETS]: {
    items: [
      {
        metadata: {
          name: "app-db-auth",
          resourceVersion: "7",
          labels: { a: "b" },
          managedFields: [
            { time: "2026-01-01T00:00:00Z", fieldsV1: { "f:data": {} } },
            { time: "2026-01-03T00:00:00Z", fieldsV1: { "f:metadata": {} } },
            { time: "2026-01-02T00:00:00Z", fieldsV1: { "f:data": {} } },
          ],
        },
        data: { password: "YQ==" },
      },
      { metadata: { name: "empty" }, data: null },
    ],
  },
  [OPERATORS]: { items: [{ metadata: { namespace: "cnpg-system", name: "operator" }, spec: { replicas: 2 }, status: {} }] },
  [EXTERNAL]: 404,
};

describe("cli/drift/gather", () => {
  let server: ApiServer | undefined;
  afterEach(async () => {
    await server?.close();
    assert.deepEqual(server?.unexpected, []);
  });
  const gathered = async (replies: Readonly<Record<string, Reply>> = {}, desired = DESIRED) => {
    await server?.close();
    server = await startApiServer({ ...REPLIES, ...replies });
    const config = new KubeConfig();
    config.loadFromString(kubeconfigFor(server));
    config.setCurrentContext("lab");
    return gather(config, desired, { noLogin: true, noVault: true });
  };

  it("reads the namespace, and the operators of all", async () => {
    const { cluster, secrets, databases, roleObjects, replications, operators, externalSecrets, logins } = await gathered();
    assert.deepEqual(cluster, { spec: { enableSuperuserAccess: false }, status: {} });
    assert.deepEqual([...databases.values()], [ofCluster("app", "pg")]);
    assert.deepEqual([[...roleObjects], logins, externalSecrets], [[], [], []]);
    assert.deepEqual(replications, [{ kind: "subscriptions", object: ofCluster("copy", "pg") }]);
    assert.deepEqual(operators, [{ namespace: "cnpg-system", name: "operator", replicas: 2, available: 0 }]);
    assert.deepEqual(
      [...secrets],
      [
        [
          "app-db-auth",
          {
            labels: { a: "b" },
            annotations: {},
            data: { password: "YQ==" },
            resourceVersion: "7",
            // The last write of its data, not of its labels.
            writtenAt: new Date("2026-01-02T00:00:00Z"),
          },
        ],
        ["empty", { labels: {}, annotations: {}, data: {}, resourceVersion: "" }],
      ],
    );
    assertReads(
      server!.asked.map(({ question }) => question),
      8,
    );
  });

  it("does without the lists of what the program makes none of", async () => {
    assert.ok(!("replications" in (await gathered({ [at("publications")]: 403 }))));
  });

  it("gets the stack's Secrets by their names where the account may not list them", async () => {
    const desired: Desired = {
      ...DESIRED,
      secrets: ["app-db-auth", "gone"].map((name) => ({ name, service: "app", kind: "role", labels: {}, annotations: {} })),
    };
    const single = { metadata: { name: "app-db-auth", resourceVersion: "7" }, data: { password: "YQ==" } };
    const byName = { [`${SECRETS}/app-db-auth`]: single, [`${SECRETS}/gone`]: 404, [`${SECRETS}/pg-superuser`]: 404 };
    const { secrets } = await gathered({ [SECRETS]: 403, ...byName }, desired);
    assert.deepEqual([...secrets.keys()], ["app-db-auth"]);
    assert.equal(secrets.get("app-db-auth")?.resourceVersion, "7");
  });

  it("gets the stack's Secrets of applications' namespaces by their names, and asks who else writes there", async () => {
    const secret = { service: "app", kind: "application", labels: {}, annotations: {} } as const;
    const desired: Desired = {
      ...DESIRED,
      secrets: [
        { ...secret, name: "app-db-auth" },
        { ...secret, name: "app-db-auth", namespace: "jobs" },
        { ...secret, name: "gone", namespace: "jobs" },
      ],
    };
    const JOBS = "GET /api/v1/namespaces/jobs/secrets";
    const { secrets, externalSecretsElsewhere } = await gathered(
      {
        [`${JOBS}/app-db-auth`]: { metadata: { name: "app-db-auth", resourceVersion: "9" } },
        [`${JOBS}/gone`]: 404,
        [`GET ${objectsPath(EXTERNAL_SECRETS, "jobs", "externalsecrets")}`]: { items: [{ metadata: { name: "e" } }] },
      },
      desired,
    );
    assert.deepEqual([...secrets.keys()], ["app-db-auth", "empty", "jobs/app-db-auth"]);
    assert.deepEqual([secrets.get("app-db-auth")?.resourceVersion, secrets.get("jobs/app-db-auth")?.resourceVersion], ["7", "9"]);
    assert.deepEqual([...externalSecretsElsewhere!], [["jobs", [{ name: "e", target: "e", stores: [] }]]]);
    const { externalSecretsElsewhere: none } = await gathered();
    assert.equal(none, undefined);
  });

  it("does without what the account may not see elsewhere, and says what it must see here", async () => {
    const { operators, externalSecrets } = await gathered({ [OPERATORS]: 403, [EXTERNAL]: 403 });
    assert.deepEqual([operators, externalSecrets], ["unknown", "unknown"]);
    await assert.rejects(gathered({ [SECRETS]: 403, [`${SECRETS}/pg-superuser`]: 403 }), {
      name: "FixableError",
      message:
        "this account may not get /api/v1/namespaces/apps/secrets\nRemedy: it needs `list` on clusters, databases and databaseroles, and to `get` the stack's Secrets: `npm run rbac -- --for drift` prints what it needs",
    });
    await assert.rejects(gathered({ [SECRETS]: 500 }), {
      name: "FixableError",
      message: /answers 500 to .*secrets\nRemedy: see that `kubectl/,
    });
  });
});
