import * as assert from "node:assert/strict";
import { EXCHANGES, SECRET_FIELDS, secretsNamed, storesNamed, type Reader } from "../../kube/kinds/secretFields";

const PLAIN: Reader<unknown> = {
  at: (value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined),
  items: (value) => (Array.isArray(value) ? (value as unknown[]) : []),
  text: (value) => (typeof value === "string" ? value : undefined),
};
const secrets = (kind: string, spec: object) =>
  secretsNamed(PLAIN, kind, { spec }).map(({ secret, keys, path, field }) => [secret, field.login, path.join("."), ...keys]);

describe("kube/kinds/secretFields", () => {
  it("finds every Secret that a Cluster names, each with the keys that are read from it", () => {
    const spec = {
      managed: { roles: [{ name: "a" }, { name: "b", passwordSecret: { name: "b-role" } }] },
      bootstrap: { recovery: { secret: { name: "restored" } } },
      superuserSecret: { name: "root" },
      externalClusters: [{ name: "other", password: { name: "other-login", key: "pw" } }],
    };
    assert.deepEqual(secrets("Cluster", spec), [
      ["b-role", "role", "spec.managed.roles.1.passwordSecret", "username", "password"],
      ["restored", "firstOwner", "spec.bootstrap.recovery.secret", "username", "password"],
      ["root", "superuser", "spec.superuserSecret", "username", "password"],
      ["other-login", "otherCluster", "spec.externalClusters.0.password", "pw"],
    ]);
  });

  it("knows every way to make a Cluster, and the kinds beside it", () => {
    for (const method of ["initdb", "recovery", "pg_basebackup"])
      assert.equal(secrets("Cluster", { bootstrap: { [method]: { secret: { name: "it" } } } }).length, 1, method);
    assert.deepEqual(
      secrets("DatabaseRole", { passwordSecret: { name: "it" } }).map(([, login]) => login),
      ["role"],
    );
    assert.deepEqual(
      secrets("Pooler", { pgbouncer: { authQuerySecret: { name: "it" } } }).map(([, login]) => login),
      ["pooler"],
    );
    assert.equal(new Set(SECRET_FIELDS.map(({ kind, path }) => `${kind} ${path}`)).size, SECRET_FIELDS.length);
  });

  it("says nothing of a field without a name, nor of another kind", () => {
    assert.deepEqual(secrets("Cluster", { superuserSecret: {}, bootstrap: "initdb", managed: { roles: "none" } }), []);
    assert.deepEqual(secrets("Backup", { superuserSecret: { name: "root" } }), []);
  });

  it("finds the stores of an exchange: its own, its list, and those of single values", () => {
    const stores = (exchange: object) => storesNamed(PLAIN, exchange).map(({ path }) => path.join("."));
    const sourceRef = { storeRef: { name: "other" } };
    assert.deepEqual(stores({ secretStoreRef: { name: "vault" }, data: [{ secretKey: "a" }, { sourceRef }], dataFrom: [{ sourceRef }] }), [
      "secretStoreRef",
      "data.1.sourceRef.storeRef",
      "dataFrom.0.sourceRef.storeRef",
    ]);
    assert.deepEqual(stores({ secretStoreRefs: [{ name: "vault" }, { name: "other" }] }), ["secretStoreRefs.0", "secretStoreRefs.1"]);
    assert.deepEqual(Object.keys(EXCHANGES), ["ExternalSecret", "ClusterExternalSecret", "PushSecret", "ClusterPushSecret"]);
  });
});
