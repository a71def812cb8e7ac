import assert from "node:assert/strict";
import { ENVIRONMENTS } from "../../config/environment";
import { stackNames } from "../support/stackFiles";
import { installPrometheusKind, removeKind } from "./support/kinds";
import { cluster } from "./support/objects";
import { Stage } from "./support/stage";
import { here } from "./support/world";

const [RULES, MONITORS] = ["prometheusrules", "podmonitors"];

describe("the API server takes everything that the program makes", () => {
  const kinds = new Set<string>();
  before(async () => {
    for (const kind of [RULES, MONITORS]) await installPrometheusKind(here().api, kind);
  });
  after(async () => {
    for (const kind of [RULES, MONITORS]) await removeKind(here().api, `${kind}.monitoring.coreos.com`);
  });

  // While tests of the lab run, there are files of their stacks, too.
  for (const name of stackNames().filter((one) => ENVIRONMENTS.some((known) => known === one)))
    it(`of stack ${name}`, async () => {
      const stage = await Stage.of(name);
      for (const { kind } of await stage.up()) kinds.add(kind);
    });

  it("of a stack with DatabaseRoles, logins that alternate, backups, alerts and a mirror", async () => {
    const stage = await Stage.of("dev");
    const { settings } = stage;
    Object.assign(settings, { roleApi: "databaseRole", rotation: { strategy: "alternating", maxAgeDays: 90 }, alerts: "prometheusRule" });
    Object.assign(settings.cluster, { backup: { schedules: { nightly: { schedule: "0 0 0 * * *" } } }, superuserAccess: "enabled" });
    settings.vault = { ...(settings.vault as object), mirror: { mode: "push" } };
    for (const { kind } of await stage.up()) kinds.add(kind);
  });

  it("and of every kind there is, one", () => {
    assert.deepEqual([...kinds].sort(), [
      "Cluster",
      "ClusterRoleBinding",
      "ClusterSecretStore",
      "ConfigMap",
      "CronJob",
      "Database",
      "DatabaseRole",
      "ExternalSecret",
      "Job",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "PrometheusRule",
      "PushSecret",
      "Role",
      "RoleBinding",
      "ScheduledBackup",
      "Secret",
      "Service",
      "ServiceAccount",
      "StatefulSet",
    ]);
  });

  it("and would not take a field that a kind does not have, or a value that it may not have", async () => {
    const stage = await Stage.open();
    await assert.rejects(stage.apply(cluster({ colour: "red" })), /unknown field.*spec\.colour|field not declared in schema/);
    await assert.rejects(stage.apply(cluster({ instances: 0 })), /spec\.instances/);
  });
});
