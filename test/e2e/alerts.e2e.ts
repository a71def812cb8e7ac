import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { QUERY_METRICS } from "../../components/alerts/queries";
import type { RecordingRule, RuleGroup } from "../../kube/kinds/prometheusRule";
import { ensurePromtool } from "../../lab/toolchain";
import { quiet } from "../support/quiet";
import { holds } from "./support/clock";
import { ROOT } from "./support/commands";
import { moduleFile } from "./support/goModule";
import { CLUSTER, credentials, kubectl, NAMESPACE, recordsOn, superuser, upWith, withTunnel, type Configuration } from "./support/lab";
import { Promtool } from "./support/promtool";
import { holdSession } from "./support/session";

const CRD = "prometheusrules.monitoring.coreos.com";
const RULE = `${CLUSTER}-credentials`;
const QUERIES = `${CLUSTER}-credential-queries`;
/** Longer than an instance keeps what a query said (30 s), and than it takes to hear of changed queries. */
const PATIENCE = { seconds: 180, everyMs: 2000 };

/** A program that has to be compiled takes as long as a file may. */
const BUILD_MS = 40 * 60_000;

const alerts = (config: Configuration) => {
  config.alerts = "prometheusRule";
  config.rotation = { maxAgeDays: 90 };
};
const ROTATED = { maxAgeDays: 90, settleSeconds: 0, services: { platform: { generation: 1 } } };

async function ruleGroups(): Promise<RuleGroup[]> {
  const object = JSON.parse(await kubectl("get", CRD, RULE, "-n", NAMESPACE, "-o", "json")) as { spec: { groups: RuleGroup[] } };
  return object.spec.groups;
}

/** By service, the expression that a recording rule has for it. */
async function recorded(metric: string): Promise<Record<string, string>> {
  const rules = (await ruleGroups()).flatMap(({ rules: all }) => all).filter((rule): rule is RecordingRule => "record" in rule);
  const ofMetric = rules.filter(({ record }) => record === metric);
  return Object.fromEntries(ofMetric.map(({ labels, expr }): [string, string] => [labels!.service!, expr as string]));
}

/** The series that the instance exports now. */
async function exported(): Promise<Record<string, number>> {
  const text = await kubectl("get", "--raw", `/api/v1/namespaces/${NAMESPACE}/pods/${CLUSTER}-1:9187/proxy/metrics`);
  const lines = text.split("\n").filter((line) => /^cnpg_(credentials_role|collector_last)_/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1).replace("Inf", "Infinity"))]),
  );
}

/** What Postgres has logged in the last minutes, as CloudNativePG passes it on. */
async function logged(): Promise<Record<string, string>[]> {
  const text = await kubectl("logs", `${CLUSTER}-1`, "-n", NAMESPACE, "-c", "postgres", "--since=5m");
  return text
    .split("\n")
    .filter((line) => line.includes('"logger":"postgres"'))
    .flatMap((line) => {
      const { record } = JSON.parse(line) as { record?: Record<string, string> };
      return record === undefined ? [] : [record];
    });
}

describe("alerts: none | prometheusRule", () => {
  // Where it cannot be downloaded, it is compiled.
  before(async function () {
    this.timeout(BUILD_MS);
    await ensurePromtool(quiet);
  });
  // It stays: whoever turns alerts on finds it there, and nobody else notices.
  before(async () => {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "crd-"));
    const file = path.join(directory, "crd.yaml");
    const module = "github.com/prometheus-operator/prometheus-operator";
    const crd = `example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml`;
    await fs.writeFile(file, await moduleFile(module, "v0.85.0", crd));
    await kubectl("apply", "--server-side", "-f", file);
    await kubectl("wait", "--for=condition=Established", `crd/${CRD}`, "--timeout=120s");
    await fs.rm(directory, { recursive: true });
  });

  it("makes a PrometheusRule that the Prometheus operator's CRD takes and promtool finds well-formed, with every service in it", async () => {
    const passwords = await credentials();
    await upWith(alerts);
    const promtool = await Promtool.over(await ruleGroups());
    try {
      assert.match(await promtool.check(), /SUCCESS/);
    } finally {
      await promtool.close();
    }
    const due = await recorded("cnpg_credentials_rotation_due_timestamp_seconds");
    const names = (await recordsOn()).map(({ name }) => name);
    assert.deepEqual(Object.keys(due).sort(), names.sort());
    const inDays = Object.values(due).map((expr) => (Number(/^vector\((\d+)\)$/.exec(expr)?.[1]) - Date.now() / 1000) / 86_400);
    for (const days of inDays) assert.ok(days > 88 && days <= 90, String(days));
    assert.deepEqual(await credentials(), passwords);
  });

  it("changes nothing the second time", async () => {
    assert.equal((await upWith(alerts)).changed, false);
  });

  it("moves the times of a service that is rotated, and of no other", async () => {
    const before = await recorded("cnpg_credentials_password_changed_timestamp_seconds");
    await upWith((config) => {
      alerts(config);
      config.rotation = ROTATED;
    });
    const after = await recorded("cnpg_credentials_password_changed_timestamp_seconds");
    const moved = Object.keys(after).filter((service) => after[service] !== before[service]);
    assert.deepEqual(moved, ["platform"]);
  });

  it("has the instance export of every role what the alerts ask for", async () => {
    await holds(async () => {
      const series = await exported();
      for (const metric of QUERY_METRICS) assert.ok(`${metric}{role="platform"}` in series, metric);
      const of = (role: string) =>
        QUERY_METRICS.filter((metric) => !metric.endsWith("sessions")).map((metric) => series[`${metric}{role="${role}"}`]);
      // login, superuser, elevated, connection limit, end
      // Half of what a hundred connections leave the services.
      assert.deepEqual(of("platform"), [1, 0, 0, 46, Infinity]);
      assert.deepEqual(of("postgres"), [1, 1, 1, -1, Infinity]);
      assert.deepEqual(of("streaming_replica"), [1, 0, 1, -1, Infinity]);
      assert.equal(series.cnpg_collector_last_collection_error, 0);
    }, PATIENCE);
  });

  it("has it export what is done by hand: a superuser, an end to a password, a role that may not log in, and sessions", async () => {
    await superuser("create role mallory superuser connection limit 3 valid until '2001-09-09 01:46:40+00'; create role idle nologin");
    const held = await holdSession((await credentials()).temporal!);
    const byHand = async () => {
      const series = await exported();
      const values = [
        ["superuser", "mallory"],
        ["connection_limit", "mallory"],
        ["valid_until_timestamp_seconds", "mallory"],
        ["login", "idle"],
        ["sessions", "temporal"],
      ].map(([metric, role]) => series[`cnpg_credentials_role_${metric}{role="${role}"}`]);
      assert.deepEqual(values, [1, 3, 1e9, 0, 1]);
    };
    await holds(byHand, PATIENCE).finally(() => held.end());
  });

  it("reads nothing that only a superuser may", async () => {
    const roles = await superuser(
      "select string_agg(r.rolname, ',') from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member where u.rolname = 'cnpg_metrics_exporter'",
    );
    assert.equal(roles, "pg_monitor");
  });

  it("goes when it is turned off", async () => {
    await upWith((config) => {
      config.rotation = ROTATED;
    });
    assert.equal(await kubectl("get", CRD, "-n", NAMESPACE, "-o", "name"), "");
    assert.doesNotMatch(await kubectl("get", "configmap", "-n", NAMESPACE, "-o", "name"), new RegExp(QUERIES));
  });
});

describe("docs/monitoring/kube-state-metrics.yaml", () => {
  interface Schema {
    properties?: Record<string, Schema>;
    additionalProperties?: Schema;
    items?: Schema;
    type?: string;
  }
  interface Kind {
    spec: { names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
  }
  interface Resource {
    groupVersionKind: { version: string; kind: string };
    labelsFromPath: Record<string, string[]>;
    metrics: {
      name: string;
      each: Record<string, { path: string[]; valueFrom?: string[]; labelFromKey?: string; labelsFromPath?: object }>;
    }[];
  }
  const METADATA: Schema = {
    properties: Object.fromEntries(["name", "namespace", "generation"].map((name) => [name, { type: "string" }])),
  };

  /** What a path leads to in an object of the kind; undefined where it leads nowhere. */
  function at(schema: Schema | undefined, steps: readonly string[]): Schema | undefined {
    return steps.reduce<Schema | undefined>((here, step) => here?.properties?.[step] ?? here?.additionalProperties, schema);
  }

  it("reads only what the kinds have: every path leads to a number, a truth, a text or a mapping of them", async () => {
    const { spec } = parse(await fs.readFile(path.join(ROOT, "docs/monitoring/kube-state-metrics.yaml"), "utf8")) as {
      spec: { resources: Resource[] };
    };
    const installed = ["clusters", "databases", "databaseroles"].map((plural) =>
      kubectl("get", "crd", `${plural}.postgresql.cnpg.io`, "-o", "json"),
    );
    // The lab does not run External Secrets: its released CRDs.
    const released = ["externalsecrets", "pushsecrets"].map((plural) =>
      moduleFile("github.com/external-secrets/external-secrets", "v0.20.4", `config/crds/bases/external-secrets.io_${plural}.yaml`),
    );
    const kinds = (await Promise.all([...installed, ...released])).map((text) => parse(text) as Kind);
    for (const { groupVersionKind, labelsFromPath, metrics } of spec.resources) {
      const kind = kinds.find((one) => one.spec.names.kind === groupVersionKind.kind);
      const version = kind?.spec.versions.find(({ name }) => name === groupVersionKind.version);
      const schema = version && { properties: { ...version.schema.openAPIV3Schema.properties, metadata: METADATA } };
      assert.ok(schema, groupVersionKind.kind);
      for (const [label, steps] of Object.entries(labelsFromPath))
        assert.equal(at(schema, steps)?.type, "string", `${groupVersionKind.kind} ${label}`);
      for (const { name, each } of metrics) {
        const [[type = "", body] = []] = Object.entries(each).filter(([key]) => key !== "type");
        const found = at(schema, body!.path);
        const value = type === "gauge" ? at(body!.labelFromKey ? found?.additionalProperties : found, body!.valueFrom ?? []) : found;
        const types = type === "gauge" ? ["string", "integer", "boolean"] : ["object", "array"];
        assert.ok(types.includes(value?.type ?? ""), `${name}: ${JSON.stringify(value)}`);
      }
    }
  });
});

describe("docs/monitoring/loki-rules.yaml", () => {
  it("reads what CloudNativePG logs of a login that fails", async () => {
    const { platform } = await credentials();
    const refusals: [{ password?: string; user?: string }, string][] = [
      [{ password: "wrong" }, "28P01"],
      [{ user: "nobody" }, "28000"],
    ];
    await withTunnel(async (connect) => {
      for (const [change] of refusals) await assert.rejects(connect({ ...platform!, ...change }));
    });
    const text = await fs.readFile(path.join(ROOT, "docs/monitoring/loki-rules.yaml"), "utf8");
    for (const [{ user = platform!.user }, code] of refusals) {
      const isOne = (record: Record<string, string>) =>
        record.sql_state_code === code && record.user_name === user && record.database_name === platform!.database;
      await holds(async () => assert.ok((await logged()).some(isOne), `${code} of ${user} is not in Postgres' log`), PATIENCE);
      assert.match(text, new RegExp(`record_sql_state_code=~?"[^"]*${code}`));
    }
  });
});
