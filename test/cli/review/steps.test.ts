import * as assert from "node:assert/strict";
import { BUNDLE_LABEL, SERVICE_LABEL } from "../../../kube/marks";
import type { Step } from "../../../cli/review/preview";
import { reviewOf, step, told, type StepOptions } from "../../support/previews";
import { telling, type Told } from "../../support/told";

const CNPG = "kubernetes:postgresql.cnpg.io/v1";
const LAST = "host all all all reject";
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
const CASES: readonly [title: string, type: string, options: StepOptions, ...expected: Told[]][] = [
  ["a Cluster that is deleted", `${CNPG}:Cluster`, { old: cluster({}) }, ["destroys: Cluster `apps/pg`", "deleted"]],
  [
    "a Cluster that is replaced",
    `${CNPG}:Cluster`,
    { op: "replace", old: cluster({}), new: cluster({}) },
    ["destroys: Cluster `apps/pg`", "made again empty"],
  ],
  [
    "a Cluster that the stack lets go of",
    `${CNPG}:Cluster`,
    { op: "read", old: cluster({}, { protect: true }), new: { external: true } },
    ["databases: Cluster `apps/pg`", "left as it is, and not managed any more"],
  ],
  ["a Cluster that is somebody else's", `${CNPG}:Cluster`, { op: "read", old: { external: true }, new: { external: true } }],
  [
    "a Cluster that was somebody else's",
    `${CNPG}:Cluster`,
    { op: "create-replacement", old: { external: true }, new: cluster({}) },
    ["databases: Cluster `apps/pg`", "managed by this stack from now on"],
  ],
  [
    "fewer instances",
    `${CNPG}:Cluster`,
    { old: cluster({}), new: cluster({ instances: 1 }) },
    ["destroys: Cluster `apps/pg`", "3 → 1 instance"],
  ],
  [
    "more instances, and larger",
    `${CNPG}:Cluster`,
    { old: cluster({}), new: cluster({ instances: 5, storage: { size: "2Gi" } }) },
    ["databases: Cluster `apps/pg`", "3 → 5 instances"],
    ["databases: Cluster `apps/pg`", "storage 1Gi → 2Gi"],
  ],
  [
    "no superuser any more",
    `${CNPG}:Cluster`,
    { old: cluster({ enableSuperuserAccess: true }), new: cluster({ enableSuperuserAccess: false }) },
    ["destroys: Cluster `apps/pg`", "the superuser's Secret is deleted"],
  ],
  [
    "a superuser",
    `${CNPG}:Cluster`,
    { old: cluster({ enableSuperuserAccess: false }), new: cluster({ enableSuperuserAccess: true }) },
    ["destroys: Cluster `apps/pg`", "protection is removed: the superuser gets a password"],
  ],
  [
    "no backup any more",
    `${CNPG}:Cluster`,
    { old: cluster({ backup: { x: 1 } }), new: cluster({}) },
    ["destroys: Cluster `apps/pg`", "not backed up any more"],
  ],
  [
    "parameters",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { parameters: { work_mem: "1" } } }), new: cluster({ postgresql: { parameters: { work_mem: "2" } } }) },
    ["restarts: Cluster `apps/pg`", "`work_mem` anew"],
  ],
  [
    "who may connect",
    `${CNPG}:Cluster`,
    {
      old: cluster({ postgresql: { pg_hba: [LAST] } }),
      new: cluster({ postgresql: { pg_hba: ["hostssl a a,b all ldap ldaptls=1 ldapserver=x", LAST] } }),
    },
    ["databases: Cluster `apps/pg`", "new lines of pg_hba.conf: `hostssl a a,b all ldap ldaptls=… ldapserver=…`"],
  ],
  [
    "who may connect no more",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { pg_hba: ["hostssl a a all cert", LAST] } }), new: cluster({ postgresql: { pg_hba: [LAST] } }) },
    ["databases: Cluster `apps/pg`", "lines of pg_hba.conf that go: `hostssl a a all cert`"],
  ],
  [
    "that everybody may connect",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { pg_hba: [LAST] } }), new: cluster({ postgresql: { pg_hba: ["host all all 0.0.0.0/0 trust", LAST] } }) },
    ["destroys: Cluster `apps/pg`", "protection is removed: `host all all 0.0.0.0/0 trust`"],
  ],
  [
    "a Service that leads to Postgres from outside",
    `${CNPG}:Cluster`,
    {
      old: cluster({}),
      new: cluster({
        managed: {
          services: {
            additional: [{ selectorType: "rw", serviceTemplate: { metadata: { name: "way-in" }, spec: { type: "LoadBalancer" } } }],
          },
        },
      }),
    },
    ["destroys: Cluster `apps/pg`", "protection is removed: the Service `way-in` (`LoadBalancer`) leads to Postgres from outside"],
    ["databases: Cluster `apps/pg`", "other `managed.services`"],
  ],
  [
    "libraries that Postgres loads",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { pg_hba: [LAST] } }), new: cluster({ postgresql: { pg_hba: [LAST], extensions: [{ name: "x" }] } }) },
    ["databases: Cluster `apps/pg`", "other `postgresql.extensions`"],
  ],
  [
    "who may connect first",
    `${CNPG}:Cluster`,
    { old: cluster({ postgresql: { pg_hba: ["a", "b"] } }), new: cluster({ postgresql: { pg_hba: ["b", "a"] } }) },
    ["databases: Cluster `apps/pg`", "pg_hba.conf in another order"],
  ],
  [
    "a setting that is not known",
    `${CNPG}:Cluster`,
    { old: cluster({}), new: cluster({ walStorage: { size: "1Gi" }, tablespaces: [1] }) },
    ["restarts: Cluster `apps/pg`", "(walStorage)"],
    ["databases: Cluster `apps/pg`", "other `tablespaces`"],
  ],
  [
    "a role that may not log in any more",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ login: false })) },
    ["destroys: role `app`", "may not log in any more"],
  ],
  [
    "a role whose service is off from now on",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ ensure: "present", login: false, disablePassword: true })) },
    ["destroys: role `app`", "closed, as its service is off"],
  ],
  [
    "a role whose service has been off, and which could log in until now",
    `${CNPG}:Cluster`,
    { old: roles(), new: roles(role({ ensure: "present", login: false, disablePassword: true })) },
    ["destroys: role `app`", "closed, as its service is off"],
  ],
  [
    "a role whose service is on again",
    `${CNPG}:Cluster`,
    { old: roles(role({ ensure: "present", login: false, disablePassword: true })), new: roles(role()) },
    ["databases: role `app`", "may log in"],
  ],
  [
    "a role that owns what two logins are members of: nothing is closed",
    `${CNPG}:Cluster`,
    { old: roles(), new: roles(role({ login: false, disablePassword: true })) },
    ["databases: role `app`", "new"],
  ],
  [
    "a role that is dropped",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ ensure: "absent", login: false })) },
    ["destroys: role `app`", "dropped from Postgres"],
  ],
  [
    "a role with rights",
    `${CNPG}:Cluster`,
    { old: roles(role()), new: roles(role({ superuser: true, connectionLimit: 5 }), role({ name: "new", createdb: true })) },
    ["databases: role `app`", "no limit → 5"],
    ["databases: role `app`", "superuser: no → yes"],
    ["databases: role `new`", "createdb"],
  ],
  [
    "a DatabaseRole that may not log in any more",
    `${CNPG}:DatabaseRole`,
    { old: object(role()), new: object(role({ login: false })) },
    ["destroys: role `app`", "may not log in any more"],
  ],
  [
    "a DatabaseRole that leaves out what it does not have",
    `${CNPG}:DatabaseRole`,
    { old: object(role()), new: object({ name: "app", login: true, connectionLimit: -1 }) },
    ["databases: role `app`", "other settings of the DatabaseRole"],
  ],
  ["a DatabaseRole that goes", `${CNPG}:DatabaseRole`, { old: object(role()) }, ["databases: role `app`", "left in Postgres"]],
  [
    "a database that is dropped",
    `${CNPG}:Database`,
    { old: object({ name: "app", databaseReclaimPolicy: "delete" }) },
    ["destroys: database `app`", "dropped"],
  ],
  [
    "a database that is let go of",
    `${CNPG}:Database`,
    { old: object({ name: "app", databaseReclaimPolicy: "retain" }) },
    ["databases: database `app`", "left in Postgres, closed"],
  ],
  [
    "a database with another owner",
    `${CNPG}:Database`,
    { old: object({ name: "app", owner: "a" }), new: object({ name: "app", owner: "b", schemas: [] }) },
    ["databases: database `app`", "owner: `a` → `b`"],
    ["databases: database `app`", "other schemas"],
  ],
  ["a backup's schedule that goes", `${CNPG}:ScheduledBackup`, { old: object({}) }, ["destroys: ScheduledBackup `it`", "deleted"]],
  [
    "a Pooler",
    `${CNPG}:PoolerPatch`,
    { parents: ["Poolers"], new: object({}) },
    ["databases: Pooler `it`", "the certificate is read again"],
  ],
  ["a store that is deleted", `${ESO}:ClusterSecretStore`, { old: object({}) }, ["destroys: store `apps/it`", "deleted"]],
  [
    "a store of another Vault",
    `${ESO}:ClusterSecretStore`,
    {
      old: object({ provider: { vault: { server: "a", caBundle: "x" } } }),
      new: object({ provider: { vault: { server: "b", caBundle: "y" } } }),
    },
    ["secrets: store `apps/it`", "another authority and address"],
  ],
  [
    "a store for other namespaces",
    `${ESO}:ClusterSecretStore`,
    { old: object({ conditions: [{ namespaces: ["a", "b"] }] }), new: object({ conditions: [{ namespaces: ["b", "c"] }] }) },
    ["destroys: store `apps/it`", "closed to `a`"],
    ["secrets: store `apps/it`", "open to `c`"],
  ],
  [
    "what is fetched through another store",
    `${ESO}:ExternalSecret`,
    {
      old: { inputs: { ...metadata("x", { [SERVICE_LABEL]: "app" }), spec: { secretStoreRef: { name: "a" }, target: { name: "s" } } } },
      new: { inputs: { ...metadata("x", { [SERVICE_LABEL]: "app" }), spec: { secretStoreRef: { name: "b" }, target: { name: "s" } } } },
    },
    ["secrets: `app` (Secret `s`)", "another store: `a` → `b`"],
  ],
  [
    "what a bundle fetches differently",
    `${ESO}:ExternalSecret`,
    {
      old: { inputs: { ...metadata("x", { [BUNDLE_LABEL]: "tools" }), spec: { data: [1] } } },
      new: { inputs: { ...metadata("x", { [BUNDLE_LABEL]: "tools" }), spec: { data: [2] } } },
    },
    ["secrets: bundle `tools` (Secret `it`)", "other keys"],
  ],
  [
    "a copy that is removed",
    "kubernetes:external-secrets.io/v1alpha1:PushSecret",
    { old: object({ deletionPolicy: "Delete" }) },
    ["destroys: `apps/it`", "copy in Vault is removed"],
  ],
  [
    "a copy that stays",
    "kubernetes:external-secrets.io/v1alpha1:PushSecret",
    { old: object({ deletionPolicy: "None" }) },
    ["secrets: `apps/it`", "copy in Vault stays"],
  ],
  [
    "a workload that is not restarted any more",
    "kubernetes:apps/v1:DeploymentPatch",
    { parents: ["Restarts"], old: { ...object({}), retainOnDelete: true } },
    ["other: Deployment `apps/it`", "not restarted by rotations any more"],
  ],
  [
    "Vault's server that changes",
    "kubernetes:apps/v1:StatefulSet",
    { parents: ["Vault", "VaultServer"], old: object({}), new: object({ replicas: 3 }) },
    ["restarts: StatefulSet `apps/it`", "Vault"],
  ],
  [
    "Vault's server that goes",
    "kubernetes:apps/v1:StatefulSet",
    { parents: ["Vault", "VaultServer"], old: object({}) },
    ["destroys: StatefulSet `apps/it`", "deleted"],
  ],
  [
    "the key in Azure",
    "azure-native:keyvault:Key",
    { op: "replace", parents: ["AzureSeal"], old: {}, new: {} },
    ["destroys: Key `it`", "deleted and made again"],
  ],
  ["an engine of Vault's", "vault:index/mount:Mount", { old: { inputs: {} } }, ["destroys: Mount `it`", "deleted"]],
  ["an engine that stays", "vault:index/mount:Mount", { old: { retainOnDelete: true } }, ["vault: Mount `it`", "left in Vault"]],
  [
    "a value in Vault",
    "random:index/randomPassword:RandomPassword",
    { op: "replace", parents: ["Vault"], old: {}, new: {} },
    ["destroys: RandomPassword `it`", "deleted and made again"],
  ],
  ["the state's mark", "random:index/randomId:RandomId", { old: { protect: false } }, ["destroys: RandomId `it`", "deleted"]],
  ["a gate that goes", "kubernetes:batch/v1:CronJob", { parents: ["Gate"], old: object({}) }, ["other: CronJob `apps/it`", "deleted"]],
  [
    "alerts that go",
    "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    { parents: ["CredentialAlerts"], old: object({}) },
    ["other: PrometheusRule `apps/it`", "deleted"],
  ],
  ["a kind that nobody knows, deleted", "acme:index:Bucket", { old: {} }, ["destroys: Bucket `it`", "deleted"]],
  [
    "a kind that nobody knows, replaced",
    "acme:index:Bucket",
    { op: "replace", old: {}, new: {} },
    ["destroys: Bucket `it`", "deleted and made again"],
  ],
  ["a kind that nobody knows, made", "acme:index:Bucket", { new: {} }, ["other: Bucket `it`", "new"]],
  ["a kind that nobody knows, let go of", "acme:index:Bucket", { old: { retainOnDelete: true } }, ["other: Bucket `it`", "left there"]],
  [
    "a word of the engine's that nobody knows",
    `${CNPG}:Database`,
    { op: "transmogrify", old: object({ name: "app" }), new: object({ name: "app" }) },
    ["destroys: Database `apps/it`", "`transmogrify`"],
  ],
  [
    "what loses its protection and does not change",
    `${CNPG}:Database`,
    { op: "same", old: { ...object({ name: "app" }), protect: true }, new: object({ name: "app" }) },
    ["destroys: Database `apps/it`", "not protected against deletion any more"],
  ],
  ["what is only looked at", `${CNPG}:Database`, { op: "read", old: object({}), new: object({}) }],
  ["what stays as it is", `${CNPG}:Database`, { op: "same", old: object({}), new: object({}) }],
];

describe("review: steps", () => {
  const tell = telling("review", "steps");
  for (const [title, type, options, ...expected] of CASES)
    it(title, () => {
      tell(told([step(type, "it", options)]), expected);
    });

  it("counts what nobody knows by its kind", () => {
    const steps = ["a", "b", "c"].map((name) => step("acme:index:Bucket", name, { new: {} }));
    tell(told(steps), [["other: 3 Buckets", "new"]]);
  });

  it("tells a restart and the wait for its end once, and a wait alone as what it is", () => {
    const [restart, wait] = ["restarts-app", "restarts-app-rolled-out"].map((name) =>
      step("kubernetes:apps/v1:DeploymentPatch", name, { parents: ["Restarts"], new: object({}) }),
    ) as [Step, Step];
    tell(told([restart, wait]), [["restarts: Deployment `apps/it`", "new credential"]]);
    tell(told([wait]), [["other: Deployment `apps/it`", "not restarted"]]);
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
