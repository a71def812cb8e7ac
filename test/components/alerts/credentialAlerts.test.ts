import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CredentialAlerts, VaultCertificateAlert } from "../../../components/alerts/credentialAlerts";
import type { RuleGroup } from "../../../kube/kinds/prometheusRule";
import { expectedMetadata, place } from "../../support/fixtures";
import { run } from "../../support/program";
import { watchedCredentials } from "../../support/watched";

const COMPONENT = "cnpg-credentials:index:CredentialAlerts::alerts";
const RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule::alerts";

const make = (preview = false) =>
  run(
    () => {
      const credentials = watchedCredentials().map((one) => ({ ...one, changedAt: pulumi.output(one.changedAt) }));
      return new CredentialAlerts("alerts", { cluster: "pg", place: place(), credentials });
    },
    { preview },
  );
const groups = async () => ((await make()).get(RULE).inputs.spec as { groups: RuleGroup[] }).groups;

describe("components/alerts/credentialAlerts", () => {
  it("makes one PrometheusRule, the same in a preview, with nothing secret in it", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make(preview);
      assert.deepEqual(
        resources.map(({ id, parent, secrets }) => [id, parent, secrets]),
        [
          [COMPONENT, undefined, []],
          [RULE, COMPONENT, []],
        ],
      );
    }
  });

  it("is named after the Cluster and marked as everything else is", async () => {
    const { inputs, options } = (await make()).get(RULE);
    assert.deepEqual(
      { ...inputs, spec: undefined },
      { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata: expectedMetadata("pg-credentials", {}), spec: undefined },
    );
    assert.deepEqual(options, {});
  });

  it("records what the program knows: logins and their state, when passwords were made, when they are due", async () => {
    const [known] = await groups();
    const scope = { namespace: "apps", cnpg_cluster: "pg", stack: "test" };
    const agents = { ...scope, service: "agents", role: "agents" };
    const temporal = { ...scope, service: "temporal" };
    assert.deepEqual(known, {
      name: "apps-pg-credentials.known",
      rules: [
        {
          record: "cnpg_credentials_login_info",
          expr: "vector(1)",
          labels: { ...agents, secret: "agents-db-role", state: "current" },
        },
        {
          record: "cnpg_credentials_password_changed_timestamp_seconds",
          expr: "vector(3600)",
          labels: { ...agents, secret: "agents-db-secret" },
        },
        {
          record: "cnpg_credentials_password_changed_timestamp_seconds",
          expr: "vector(3600)",
          labels: { ...agents, secret: "agents-db-role" },
        },
        { record: "cnpg_credentials_rotation_due_timestamp_seconds", expr: "vector(90000)", labels: agents },
        {
          record: "cnpg_credentials_login_info",
          expr: "vector(1)",
          labels: { ...temporal, role: "temporal_a", secret: "temporal-db-role-a", state: "previous" },
        },
        {
          record: "cnpg_credentials_login_info",
          expr: "vector(1)",
          labels: { ...temporal, role: "temporal_b", secret: "temporal-db-role-b", state: "current" },
        },
        {
          record: "cnpg_credentials_password_changed_timestamp_seconds",
          expr: "vector(0)",
          labels: { ...temporal, role: "temporal_b", secret: "temporal-db-env" },
        },
        {
          record: "cnpg_credentials_password_changed_timestamp_seconds",
          expr: "vector(0)",
          labels: { ...temporal, role: "temporal_b", secret: "temporal-db-role-b" },
        },
      ],
    });
  });

  it("alerts within the stack's namespace and Cluster, with labels to route by and a place to read on", async () => {
    const [, alerts] = await groups();
    assert.equal(alerts?.name, "apps-pg-credentials.alerts");
    for (const rule of alerts.rules) {
      assert.ok("alert" in rule);
      const { severity = "", source, ...scope } = rule.labels;
      assert.deepEqual(scope, { namespace: "apps", cnpg_cluster: "pg", stack: "test" }, rule.alert);
      assert.equal(source !== undefined, rule.alert === "CredentialMetricsMissing", rule.alert);
      assert.ok(["critical", "warning"].includes(severity), rule.alert);
      assert.equal(rule.annotations.runbook, `docs/alerts.md#${rule.alert.toLowerCase()}`);
    }
  });

  it("links each alert where the stack says at which address docs/alerts.md is", async () => {
    const { ofKind } = await run(
      () =>
        new CredentialAlerts("alerts", { cluster: "pg", place: place(), credentials: [], runbookUrl: "https://docs.example/alerts.html" }),
    );
    const { groups: all } = ofKind("PrometheusRule")[0]!.inputs.spec as { groups: RuleGroup[] };
    const alerts = all.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule] : [])));
    assert.ok(alerts.length > 10);
    for (const { alert, annotations } of alerts)
      assert.equal(annotations.runbook_url, `https://docs.example/alerts.html#${alert.toLowerCase()}`);
  });

  it("writes one rule exactly", async () => {
    const [, alerts] = await groups();
    assert.deepEqual(
      alerts?.rules.find((rule) => "alert" in rule && rule.alert === "CredentialProofFailed"),
      {
        alert: "CredentialProofFailed",
        expr: 'label_replace(max by (job_name) ((kube_job_failed{namespace="apps",exported_namespace="",condition="true",job_name=~"agents-db-proof|temporal-db-proof"} or kube_job_failed{exported_namespace="apps",condition="true",job_name=~"agents-db-proof|temporal-db-proof"})) == 1, "service", "$1", "job_name", "(.+)-db-proof")',
        labels: { namespace: "apps", cnpg_cluster: "pg", stack: "test", severity: "critical" },
        annotations: {
          summary: "The proof of {{ $labels.service }}'s credential failed",
          description: "The Job {{ $labels.job_name }} could not log in with it; its log has what Postgres said, and what holds meanwhile.",
          runbook: "docs/alerts.md#credentialprooffailed",
        },
      },
    );
  });

  it("records when what has signed a certificate ends, and from when somebody is to look at it", async () => {
    const { get } = await run(() => {
      const certificates = [{ certificate: "Postgres" as const, endsAt: pulumi.output("1970-04-02T00:10:00.000Z"), noticeDays: 90 }];
      return new CredentialAlerts("alerts", { cluster: "pg", place: place(), credentials: [], certificates });
    });
    const [known] = (get(RULE).inputs.spec as { groups: RuleGroup[] }).groups;
    const labels = { namespace: "apps", cnpg_cluster: "pg", stack: "test", certificate: "Postgres" };
    assert.deepEqual(known!.rules, [
      { record: "cnpg_credentials_certificate_ends_timestamp_seconds", expr: "vector(7863000)", labels },
      { record: "cnpg_credentials_certificate_due_timestamp_seconds", expr: "vector(87000)", labels },
    ]);
  });

  it("has one alert for them, whoever's certificate it is", async () => {
    const [, alerts] = await groups();
    const rule = alerts?.rules.find((one) => "alert" in one && one.alert === "CredentialCertificateEnds") as { expr: string };
    const of = (metric: string) => `cnpg_credentials_certificate_${metric}_timestamp_seconds{namespace="apps",cnpg_cluster="pg"}`;
    assert.equal(rule.expr, `${of("ends")} and on (certificate) ${of("due")} < time()`);
  });

  it("has Vault's in a rule of its own, which none of the others waits for", async () => {
    const certificate = { certificate: "Vault" as const, endsAt: "1970-04-01T00:00:00.000Z", noticeDays: 30 };
    const { get, resources } = await run(() => new VaultCertificateAlert("vault", { cluster: "pg", place: place(), certificate }));
    assert.equal(resources.length, 2);
    const { inputs } = get("kubernetes:monitoring.coreos.com/v1:PrometheusRule::vault");
    assert.deepEqual(inputs.metadata, expectedMetadata("pg-vault-certificate", {}));
    const [{ rules }] = (inputs.spec as { groups: [{ rules: { expr: string; labels: { certificate: string } }[] }] }).groups;
    assert.deepEqual(
      rules.map(({ expr, labels }) => [expr, labels.certificate]),
      [
        ["vector(7776000)", "Vault"],
        ["vector(5184000)", "Vault"],
      ],
    );
  });
});
