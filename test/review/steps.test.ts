import * as assert from "node:assert/strict";
import { BUNDLE_LABEL, SERVICE_LABEL } from "../../components/marks";
import type { Step } from "../../review/preview";
import { reviewOf, step, told, type StepOptions } from "../support/previews";

const CNPG = "kubernetes:postgresql.cnpg.io/v1";
const ESO = "kubernetes:external-secrets.io/v1";
const metadata = (name: string, labels: object = {}) => ({ metadata: { name, namespace: "apps", labels } });

/** An object of the cluster's. */
const object = (spec: object, rest: object = {}) => ({ inputs: { ...metadata("it"), spec, ...rest } });
const cluster = (spec: object, rest: object = {}) => ({
  inputs: { ...metadata("pg"), spec: { instances: 3, storage: { size: "1Gi" }, ...spec } },
  ...rest,
});
const role = (change: object = {}) => ({ name: "app", login: true, connectionLimit: -1, superuser: false, createdb: false, ...change });
const roles = (...all: object[]) => cluster({ managed: { roles: all } });

/** One step, and everything that is said of it. */
const CASES: readonly [title: string, type: string, options: StepOptions, ...expected: string[]][] = [
  ["a Cluster that is deleted", `${CNPG}:Cluster`, { old: cluster({}) }, "destroys: Cluster `apps/pg`: deleted, with every database in it"],
  [
    "a Cluster that is replaced",
    `${CNPG}:Cluster`,
    { op: "replace", old: cluster({}), new: cluster({}) },
    "destroys: Cluster `apps/pg`: deleted, with every database in it, and made again empty",
  ],
  [
    "fewer instances",
    `${CNPG}:Cluster`,
    { old: cluster({}), new: cluster({ instances: 1 }) },
    "destroys: Cluster `apps/pg`: 3 → 1 instance: the others go, with their volumes",
  ],
  [
    "more instances, and larger",
    `${CNPG}:Cluster`,
    { old: cluster({}), new: cluster({ instances: 5, storage: { size: "2Gi" } }) },
    "databases: Cluster `apps/pg`: 3 → 5 instances",
    "databases: Cluster `apps/pg`: storage 1Gi → 2Gi",
  ],
  [
    "no superuser any more",
    `${CNPG}:Cluster`,
    { old: cluster({ enableSuperuserAccess: true }), new: cluster({ enableSuperuserAccess: false }) },
    "destroys: Cluster `apps/pg`: the superuser's Secret is deleted",
  ],
  [
    "a superuser",
    `${CNPG}:Cluster`,
    { old: cluster({ enableSuperuserAccess: false }), new: cluster({ enableSuperuserAccess: true }) },
    "databases: Cluster `apps/pg`: the superuser gets a password and a Secret",
  ],
  [
    "no backup any more",
    `${CNPG}:Cluster`,
    { old: cluster({ backup: { x: 1 } }), new: cluster({}) },
    "destroys: Cluster `apps/pg`: not backed up any more",
  ],
  [
    "parameters",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { parameters: { work_mem: "1" } } }), new: cluster({ postgresql: { parameters: { work_mem: "2" } } }) },
    "restarts: Cluster `apps/pg`: Postgres reads `work_mem` anew, and restarts where it has to",
  ],
  [
    "who may connect",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { pg_hba: ["a", "b"] } }), new: cluster({ postgresql: { pg_hba: ["b", "c", "d"] } }) },
    "databases: Cluster `apps/pg`: who may connect to what: 2 lines more and 1 line fewer of pg_hba.conf",
  ],
  [
    "who may connect first",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { pg_hba: ["a", "b"] } }), new: cluster({ postgresql: { pg_hba: ["b", "a"] } }) },
    "databases: Cluster `apps/pg`: who may connect to what: pg_hba.conf in another order",
  ],
  [
    "a setting that is not known",
    `${CNPG}:Cluster`,
    { old: cluster({}), new: cluster({ walStorage: { size: "1Gi" }, tablespaces: [1] }) },
    "restarts: Cluster `apps/pg`: Postgres, one instance after the other (walStorage)",
    "databases: Cluster `apps/pg`: other `tablespaces`",
  ],
  [
    "a role that may not log in any more",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ login: false })) },
    "destroys: role `app`: may not log in any more: whatever still holds the credential is locked out",
  ],
  [
    "a role that is dropped",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ ensure: "absent", login: false })) },
    "destroys: role `app`: dropped from Postgres",
  ],
  [
    "a role with rights",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ superuser: true, connectionLimit: 5 }), role({ name: "new", createdb: true })) },
    "databases: role `app`: connections: no limit → 5",
    "databases: role `app`: superuser: no → yes",
    "databases: role `new`: new, with createdb",
  ],
  [
    "a DatabaseRole that may not log in any more",
    `${CNPG}:DatabaseRole`,
    { old: object(role()), new: object(role({ login: false })) },
    "destroys: role `app`: may not log in any more: whatever still holds the credential is locked out",
  ],
  [
    "a DatabaseRole that goes",
    `${CNPG}:DatabaseRole`,
    { old: object(role()) },
    "databases: role `app`: left in Postgres, without a DatabaseRole",
  ],
  [
    "a database that is dropped",
    `${CNPG}:Database`,
    { old: object({ name: "app", databaseReclaimPolicy: "delete" }) },
    "destroys: database `app`: dropped, with all that is in it",
  ],
  [
    "a database that is let go of",
    `${CNPG}:Database`,
    { old: object({ name: "app", databaseReclaimPolicy: "retain" }) },
    "databases: database `app`: left in Postgres, closed and not managed any more",
  ],
  [
    "a database with another owner",
    `${CNPG}:Database`,
    { old: object({ name: "app", owner: "a" }), new: object({ name: "app", owner: "b", schemas: [] }) },
    "databases: database `app`: owner: `a` → `b`",
    "databases: database `app`: other schemas",
  ],
  [
    "a backup's schedule that goes",
    `${CNPG}:ScheduledBackup`,
    { old: object({}) },
    "destroys: ScheduledBackup `it`: deleted: nothing is backed up by it any more",
  ],
  ["a Pooler", `${CNPG}:PoolerPatch`, { parents: ["Poolers"], new: object({}) }, "databases: Pooler `it`: the certificate is read again"],
  [
    "a store that is deleted",
    `${ESO}:ClusterSecretStore`,
    { old: object({}) },
    "destroys: store `apps/it`: deleted: nothing is fetched through it, and nothing that was is renewed",
  ],
  [
    "a store of another Vault",
    `${ESO}:ClusterSecretStore`,
    {
      old: object({ provider: { vault: { server: "a", caBundle: "x" } } }),
      new: object({ provider: { vault: { server: "b", caBundle: "y" } } }),
    },
    "secrets: store `apps/it`: another authority and address: everything that is fetched through it comes from there",
  ],
  [
    "a store for other namespaces",
    `${ESO}:ClusterSecretStore`,
    { old: object({ conditions: [{ namespaces: ["a", "b"] }] }), new: object({ conditions: [{ namespaces: ["b", "c"] }] }) },
    "destroys: store `apps/it`: closed to `a`: nothing is fetched there any more",
    "secrets: store `apps/it`: open to `c`",
  ],
  [
    "what is fetched through another store",
    `${ESO}:ExternalSecret`,
    {
      old: { inputs: { ...metadata("x", { [SERVICE_LABEL]: "app" }), spec: { secretStoreRef: { name: "a" }, target: { name: "s" } } } },
      new: { inputs: { ...metadata("x", { [SERVICE_LABEL]: "app" }), spec: { secretStoreRef: { name: "b" }, target: { name: "s" } } } },
    },
    "secrets: `app` (Secret `s`): fetched through another store: `a` → `b`",
  ],
  [
    "what a bundle fetches differently",
    `${ESO}:ExternalSecret`,
    {
      old: { inputs: { ...metadata("x", { [BUNDLE_LABEL]: "tools" }), spec: { data: [1] } } },
      new: { inputs: { ...metadata("x", { [BUNDLE_LABEL]: "tools" }), spec: { data: [2] } } },
    },
    "secrets: bundle `tools` (Secret `it`): other keys, or from other paths of Vault",
  ],
  [
    "a copy that is removed",
    "kubernetes:external-secrets.io/v1alpha1:PushSecret",
    { old: object({ deletionPolicy: "Delete" }) },
    "destroys: `apps/it`: the copy in Vault is removed",
  ],
  [
    "a copy that stays",
    "kubernetes:external-secrets.io/v1alpha1:PushSecret",
    { old: object({ deletionPolicy: "None" }) },
    "secrets: `apps/it`: the copy in Vault stays, and is not kept up to date",
  ],
  [
    "a workload that is not restarted any more",
    "kubernetes:apps/v1:DeploymentPatch",
    { parents: ["Restarts"], old: { ...object({}), retainOnDelete: true } },
    "other: Deployment `apps/it`: not restarted by rotations any more",
  ],
  [
    "Vault's server that changes",
    "kubernetes:apps/v1:StatefulSet",
    { parents: ["Vault", "VaultServer"], old: object({}), new: object({ replicas: 3 }) },
    "restarts: StatefulSet `apps/it`: Vault, one pod after the other",
  ],
  [
    "Vault's server that goes",
    "kubernetes:apps/v1:StatefulSet",
    { parents: ["Vault", "VaultServer"], old: object({}) },
    "destroys: StatefulSet `apps/it`: deleted: nothing is fetched from Vault any more",
  ],
  [
    "the key in Azure",
    "azure-native:keyvault:Key",
    { op: "replace", parents: ["AzureSeal"], old: {}, new: {} },
    "destroys: Key `it`: deleted and made again: without its key in Azure, Vault stays sealed for good",
  ],
  ["an engine of Vault's", "vault:index/mount:Mount", { old: { inputs: {} } }, "destroys: Mount `it`: deleted, with everything in it"],
  [
    "an engine that stays",
    "vault:index/mount:Mount",
    { old: { retainOnDelete: true } },
    "vault: Mount `it`: left in Vault, and not managed any more",
  ],
  [
    "a value in Vault",
    "random:index/randomPassword:RandomPassword",
    { op: "replace", parents: ["Vault"], old: {}, new: {} },
    "destroys: RandomPassword `it`: deleted and made again",
  ],
  [
    "the state's mark",
    "random:index/randomId:RandomId",
    { old: { protect: false } },
    "destroys: RandomId `it`: deleted: every object of the stack is somebody else's then",
  ],
  [
    "a gate that goes",
    "kubernetes:batch/v1:CronJob",
    { parents: ["Gate"], old: object({}) },
    "other: CronJob `apps/it`: deleted: pipelines that run this gate find none",
  ],
  [
    "alerts that go",
    "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    { parents: ["CredentialAlerts"], old: object({}) },
    "other: PrometheusRule `apps/it`: deleted: nothing is alerted by it",
  ],
  ["a kind that nobody knows, deleted", "acme:index:Bucket", { old: {} }, "destroys: Bucket `it`: deleted"],
  [
    "a kind that nobody knows, replaced",
    "acme:index:Bucket",
    { op: "replace", old: {}, new: {} },
    "destroys: Bucket `it`: deleted and made again",
  ],
  ["a kind that nobody knows, made", "acme:index:Bucket", { new: {} }, "other: Bucket `it`: new"],
  [
    "a kind that nobody knows, let go of",
    "acme:index:Bucket",
    { old: { retainOnDelete: true } },
    "other: Bucket `it`: left there, and not managed any more",
  ],
  [
    "a word of the engine's that nobody knows",
    `${CNPG}:Database`,
    { op: "transmogrify", old: object({ name: "app" }), new: object({ name: "app" }) },
    "destroys: Database `apps/it`: `transmogrify`, for which there is no word here",
  ],
  [
    "what loses its protection and does not change",
    `${CNPG}:Database`,
    { op: "same", old: { ...object({ name: "app" }), protect: true }, new: object({ name: "app" }) },
    "destroys: Database `apps/it`: not protected against deletion any more",
  ],
  ["what is only looked at", `${CNPG}:Database`, { op: "read", old: object({}), new: object({}) }],
  ["what stays as it is", `${CNPG}:Database`, { op: "same", old: object({}), new: object({}) }],
];

describe("review: steps", () => {
  for (const [title, type, options, ...expected] of CASES)
    it(title, () => {
      assert.deepEqual(told([step(type, "it", options)]), expected);
    });

  it("counts what nobody knows by its kind", () => {
    const steps = ["a", "b", "c"].map((name) => step("acme:index:Bucket", name, { new: {} }));
    assert.deepEqual(told(steps), ["other: 3 Buckets: new"]);
  });

  it("tells a restart and the wait for its end once, and a wait alone as what it is", () => {
    const [restart, wait] = ["restarts-app", "restarts-app-rolled-out"].map((name) =>
      step("kubernetes:apps/v1:DeploymentPatch", name, { parents: ["Restarts"], new: object({}) }),
    ) as [Step, Step];
    assert.deepEqual(told([restart, wait]), ["restarts: Deployment `apps/it`: once the new credential works"]);
    assert.deepEqual(told([wait]), ["other: Deployment `apps/it`: waited for until the rollout has ended, and not restarted"]);
  });

  it("tells the steps of a replacement once", () => {
    const states = { old: cluster({}), new: cluster({}) };
    const steps = ["create-replacement", "replace", "delete-replaced"].map((op) => step(`${CNPG}:Cluster`, "it", { op, ...states }));
    assert.equal(told(steps).length, 1);
  });

  it("forgets no resource: each is said of by somebody", () => {
    for (const [title, type, options, ...expected] of CASES) {
      const { sections } = reviewOf([step(type, "it", options)]);
      assert.equal(sections.length === 0, expected.length === 0, title);
    }
  });
});
