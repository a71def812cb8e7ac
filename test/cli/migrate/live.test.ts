import * as assert from "node:assert/strict";
import { lookAtNamespace } from "../../../cli/migrate/live";
import type { LiveFacts } from "../../../cli/migrate/types";
import { Refused } from "../../../kube/live";
import { answering } from "../../support/secretsSeen";

const VALUE = "c2VjcmV0LXZhbHVl";
const CNPG = "/apis/postgresql.cnpg.io/v1/namespaces/apps";
const ES = "/apis/external-secrets.io";
const VSO = "/apis/secrets.hashicorp.com/v1beta1/namespaces/apps";
const OURS = { labels: { "cnpg-credentials/stack": "dev" } };
const list = (...items: object[]) => ({ items });

const NOTHING: Readonly<Record<string, number | object>> = {
  [`${CNPG}/clusters/pg`]: 404,
  "/api/v1/namespaces/apps/secrets": list(),
  [`${CNPG}/databases`]: 404,
  [`${CNPG}/databaseroles`]: 404,
  [`${CNPG}/scheduledbackups`]: 404,
  [`${ES}/v1/namespaces/apps/externalsecrets`]: 404,
  [`${ES}/v1alpha1/namespaces/apps/pushsecrets`]: 404,
  [`${VSO}/vaultstaticsecrets`]: 404,
  [`${VSO}/vaultdynamicsecrets`]: 404,
  "/apis/apps/v1/namespaces/apps/deployments": list(),
  "/apis/apps/v1/namespaces/apps/statefulsets": list(),
  "/apis/apps/v1/namespaces/apps/daemonsets": list(),
  "/apis/batch/v1/namespaces/apps/cronjobs": list(),
};
const look = (answers: Readonly<Record<string, number | object>>): Promise<LiveFacts> =>
  lookAtNamespace(answering({ ...NOTHING, ...answers }).get, "apps", "pg");

describe("cli/migrate/live", () => {
  it("finds nothing where there is nothing, and no kind of somebody else's either", async () =>
    assert.deepEqual(await look({}), { secrets: [], writers: [], readers: [], objects: [], pushes: [], injections: [] }));

  it("sees the Cluster, its databases and roles, by their marks", async () => {
    const mine = { spec: { cluster: { name: "pg" }, name: "app", owner: "app" } };
    const { cluster, objects } = await look({
      [`${CNPG}/clusters/pg`]: {
        metadata: {
          name: "pg",
          labels: { "cnpg-credentials/stack": "dev" },
          annotations: { "cnpg-credentials/owner": "me", "meta.helm.sh/release-name": "pg" },
        },
        spec: { instances: 3 },
        status: { currentPrimary: "pg-2" },
      },
      [`${CNPG}/databases`]: list(
        { metadata: { name: "app-db" }, ...mine },
        { metadata: { name: "other" }, spec: { cluster: { name: "else" } } },
      ),
      [`${CNPG}/databaseroles`]: list({
        metadata: { name: "role", annotations: { "cnpg-credentials/owner": "me" } },
        spec: { cluster: { name: "pg" }, passwordSecret: { name: "s" } },
      }),
    });
    assert.deepEqual(cluster, {
      spec: { instances: 3 },
      mark: "me",
      stack: "dev",
      primary: "pg-2",
      gitOps: [
        {
          by: "Helm",
          name: "pg",
          pause: "kubectl annotate clusters.postgresql.cnpg.io pg -n apps --overwrite helm.sh/resource-policy=keep",
        },
      ],
    });
    assert.deepEqual(objects, [
      { kind: "Database", name: "app-db", of: "app", owner: "app", gitOps: [] },
      { kind: "DatabaseRole", name: "role", of: "role", passwordSecret: "s", mark: "me", gitOps: [] },
    ]);
  });

  it("sees of Secrets names, types, keys and where Vault had them, and keeps no value", async () => {
    const annotations = { "cnpg-credentials/former-vault-paths": "secret/a,secret/b" };
    const found = await look({
      "/api/v1/namespaces/apps/secrets": list(
        { metadata: { name: "b" } },
        { metadata: { name: "a", annotations }, type: "t", data: { user: VALUE, password: VALUE } },
      ),
    });
    assert.deepEqual(found.secrets, [
      { name: "a", type: "t", keys: ["password", "user"], vaultPaths: ["secret/a", "secret/b"] },
      { name: "b", type: "Opaque", keys: [], vaultPaths: [] },
    ]);
    assert.ok(!JSON.stringify(found).includes(VALUE));
  });

  describe("ExternalSecrets", () => {
    const external = async (spec: object, metadata: object = {}, answers: Readonly<Record<string, number | object>> = {}) => {
      const items = list({ metadata: { name: "login", ...metadata }, spec });
      return (await look({ [`${ES}/v1/namespaces/apps/externalsecrets`]: items, ...answers })).writers;
    };

    const frozen: [boolean, object][] = [
      [false, {}],
      [false, { refreshInterval: "1h" }],
      [false, { refreshInterval: "10s" }],
      [true, { refreshInterval: "0" }],
      [true, { refreshInterval: "0s" }],
      [true, { refreshInterval: "0h0m0s" }],
      [true, { refreshPolicy: "CreatedOnce", refreshInterval: "1h" }],
      [false, { refreshPolicy: "OnChange", refreshInterval: "0s" }],
    ];
    for (const [expected, spec] of frozen)
      it(`${JSON.stringify(spec)} ${expected ? "is frozen" : "is not"}`, async () =>
        assert.equal((await external(spec))[0]!.isFrozen, expected));

    it("write the Secret that they name, from paths of their store, for whoever makes them", async () => {
      const spec = {
        secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
        target: { name: "app-db" },
        data: [{ secretKey: "PGPASSWORD", remoteRef: { key: "app/db" } }],
      };
      const ownerReferences = [{ kind: "ClusterExternalSecret", name: "all" }];
      const store = { [`${ES}/v1/clustersecretstores/vault`]: { spec: { provider: { vault: { path: "secret" } } } } };
      assert.deepEqual(await external(spec, { ownerReferences }, store), [
        {
          kind: "ExternalSecret",
          name: "login",
          secret: "app-db",
          isFrozen: false,
          sources: ["secret/app/db"],
          isPostgres: "its key `PGPASSWORD` is a login for Postgres",
          maker: "ClusterExternalSecret/all",
          gitOps: [],
        },
      ]);
      for (const refused of [403, 404])
        assert.deepEqual((await external(spec, {}, { [`${ES}/v1/clustersecretstores/vault`]: refused }))[0]!.sources, ["MOUNT/app/db"]);
    });

    it("are left out where they are this program's, or write nothing", async () => {
      assert.deepEqual(await external({}, OURS), []);
      assert.deepEqual(await external({ target: { creationPolicy: "None" } }), []);
    });
  });

  it("sees what Vault's own operator writes", async () => {
    const item = (path: string) => list({ metadata: { name: "x" }, spec: { mount: "kv", path, destination: { name: "s" } } });
    const { writers } = await look({ [`${VSO}/vaultstaticsecrets`]: item("a/b"), [`${VSO}/vaultdynamicsecrets`]: item("creds/c") });
    assert.deepEqual(
      writers.map(({ kind, secret, isFrozen, sources }) => [kind, secret, isFrozen, sources]),
      [
        ["VaultDynamicSecret", "s", false, ["kv/creds/c"]],
        ["VaultStaticSecret", "s", false, ["kv/a/b"]],
      ],
    );
  });

  it("sees who reads a Secret, with the keys, and who copies it; not this program's own", async () => {
    const key = (name: string) => ({ name: "V", valueFrom: { secretKeyRef: { name: "s", key: name } } });
    const pods = (spec: object) => ({ spec: { template: { spec } } });
    const before = JSON.stringify({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "keys" },
      ...pods({ containers: [{ env: [key("gone")] }] }),
    });
    const found = await look({
      "/apis/apps/v1/namespaces/apps/deployments": list(
        {
          metadata: { name: "keys", annotations: { "kubectl.kubernetes.io/last-applied-configuration": before } },
          ...pods({ containers: [{ env: [key("b"), key("a")] }] }),
        },
        { metadata: { name: "whole" }, ...pods({ containers: [{ env: [key("a")], envFrom: [{ secretRef: { name: "s" } }] }] }) },
        { metadata: { name: "mine", ...OURS }, ...pods({ containers: [{ env: [key("a")] }] }) },
      ),
      "/apis/batch/v1/namespaces/apps/cronjobs": list({
        metadata: { name: "job" },
        spec: { jobTemplate: { spec: { template: { spec: { volumes: [{ secret: { secretName: "s" } }] } } } } },
      }),
      [`${ES}/v1alpha1/namespaces/apps/pushsecrets`]: list(
        { metadata: { name: "push" }, spec: { selector: { secret: { name: "s" } } } },
        { metadata: { name: "mirror", ...OURS }, spec: { selector: { secret: { name: "s" } } } },
      ),
    });
    assert.deepEqual(found.readers, [
      { who: "CronJob apps/job", secret: "s", keys: [] },
      { who: "Deployment apps/keys", secret: "s", keys: ["a", "b"] },
      { who: "Deployment apps/whole", secret: "s", keys: [] },
    ]);
    assert.deepEqual(found.pushes, [{ name: "push", secret: "s", gitOps: [] }]);
  });

  it("says so when it may not look", () => assert.rejects(look({ "/api/v1/namespaces/apps/secrets": 403 }), Refused));
});
