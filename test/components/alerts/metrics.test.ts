import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { QUERIES, QUERY_METRICS } from "../../../components/alerts/queries";
import { ruleGroups } from "../../../components/alerts/rules";
import { METRICS, unknownIn } from "../../support/metrics";
import { watchedCredentials } from "../../support/watched";

const ROOT = path.join(__dirname, "../../..");
const read = (file: string) => fs.readFileSync(path.join(ROOT, file), "utf8");

interface CustomResources {
  spec: {
    resources: {
      metricNamePrefix: string;
      labelsFromPath: Record<string, string[]>;
      metrics: {
        name: string;
        commonLabels?: Record<string, string>;
        each: Record<string, { labelFromKey?: string; labelsFromPath?: Record<string, string[]> }>;
      }[];
    }[];
  };
}
interface Panel {
  title: string;
  targets?: { expr: string }[];
  links?: { url: string }[];
}
interface Dashboard {
  annotations: { list: { expr: string }[] };
  panels: Panel[];
  templating: { list: { name: string; query: string | { query: string }; skipUrlSync?: boolean }[] };
}

const expressions = () =>
  ruleGroups({ namespace: "apps", cluster: "pg", stack: "test" }, watchedCredentials()).flatMap(({ rules }) => rules);
const dashboard = JSON.parse(read("docs/monitoring/dashboard.json")) as Dashboard;
const shown = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.templating.list.flatMap(({ name, query }) => (typeof query === "string" ? [] : [[name, query.query] as const])),
];

describe("metrics of the alerts", () => {
  it("an alert uses no metric and no label that its source does not export", () => {
    for (const rule of expressions()) if ("alert" in rule) assert.deepEqual(unknownIn(rule.expr), [], `${rule.alert}: ${rule.expr}`);
  });

  it("finds a metric, a label and a function that are misspelt", () => {
    assert.deepEqual(unknownIn('max by (role) (kube_secret_inf{secret="a"}) == 1'), ["kube_secret_inf"]);
    assert.deepEqual(unknownIn('kube_secret_info{secre="a",namespace=~"b"}'), ["kube_secret_info{secre}"]);
    assert.deepEqual(unknownIn('cout(kube_secret_info{secret="{"}) > 0 or kube_job_failed'), ["cout", "kube_job_failed"]);
  });

  it("the dashboard uses none either, and only variables that it has", () => {
    assert.ok(shown.length > 20);
    const variables = new Set(dashboard.templating.list.map(({ name }) => `$${name}`));
    for (const [title, expr] of shown) {
      const unscoped = expr.replace(/, (namespace|cnpg_cluster)\)$/, ")").replaceAll(/info, /g, "info{}, ");
      assert.deepEqual(unknownIn(unscoped.replace("(cnpg_credentials_login_info)", "(cnpg_credentials_login_info{})")), [], title);
      for (const [variable] of expr.matchAll(/\$\w+/g)) assert.ok(variables.has(variable), `${title}: ${variable}`);
    }
  });

  it("no link to the dashboard decides where its own links lead", () => {
    const urls = [...read("docs/monitoring/dashboard.json").matchAll(/"url": "([^"]+)"/g)].map(([, url]) => url!);
    const fixed = dashboard.templating.list.filter(({ skipUrlSync }) => skipUrlSync).map(({ name }) => name);
    assert.deepEqual(fixed, ["runbooks"]);
    for (const url of urls) {
      const [, variable] = /^\$\{(\w+)\}/.exec(url) ?? [];
      assert.ok(variable === undefined ? url.startsWith("/d/") : fixed.includes(variable), url);
      assert.doesNotMatch(url, /var-runbooks/);
    }
  });

  it("the dashboard links to headings of docs/alerts.md, and shows rotations in its graphs", () => {
    const headings = new Set([...read("docs/alerts.md").matchAll(/^### (Credential\w+)$/gm)].map(([, heading]) => heading!.toLowerCase()));
    const links = dashboard.panels.flatMap(({ links: all = [] }) => all.map(({ url }) => url));
    assert.ok(links.length > 10);
    for (const url of links) {
      const [, anchor] = /^\$\{runbooks\}(?:#(\w+))?$/.exec(url) ?? assert.fail(url);
      if (anchor !== undefined) assert.ok(headings.has(anchor), url);
    }
    for (const { expr } of dashboard.annotations.list)
      assert.deepEqual(unknownIn(expr.replaceAll(/"\$\w+"/g, '""').replace("* 1000", "")), [], expr);
  });

  it("the custom queries export what is said of them", () => {
    const [[query, { metrics }] = ["", { metrics: [] }]] = Object.entries(
      parse(QUERIES) as Record<string, { metrics: Record<string, { usage: string }>[] }>,
    );
    const columns = metrics.flatMap((entry) => Object.entries(entry));
    assert.deepEqual(
      columns.filter(([, { usage }]) => usage === "LABEL").map(([name]) => name),
      ["role"],
    );
    const gauges = columns.filter(([, { usage }]) => usage === "GAUGE").map(([name]) => `cnpg_${query}_${name}`);
    assert.deepEqual(gauges, QUERY_METRICS);
    for (const [name] of columns) assert.match(QUERIES, new RegExp(`AS ${name}\\b`), name);
  });

  it("kube-state-metrics is told to export what is said of it, with these labels", () => {
    const { spec } = parse(read("docs/monitoring/kube-state-metrics.yaml")) as CustomResources;
    const exported = new Map<string, Set<string>>();
    for (const { metricNamePrefix, labelsFromPath, metrics } of spec.resources)
      for (const { name, commonLabels = {}, each } of metrics) {
        const body = each.gauge ?? each.info ?? {};
        const labels = [
          ...Object.keys({ ...labelsFromPath, ...commonLabels, ...body.labelsFromPath }),
          ...[body.labelFromKey ?? []].flat(),
        ];
        exported.set(`${metricNamePrefix}_${name}`, new Set([...(exported.get(`${metricNamePrefix}_${name}`) ?? []), ...labels]));
      }
    const expected = Object.entries(METRICS).filter(([, { source }]) => source.includes("kube-state-metrics.yaml"));
    assert.deepEqual(
      [...exported].map(([name, labels]) => [name, [...labels].sort()]).sort(),
      expected.map(([name, { labels }]) => [name, [...labels].sort()]).sort(),
    );
  });

  it("docs/alerts.md names every metric with its source, and every alert", () => {
    const text = read("docs/alerts.md");
    for (const name of Object.keys(METRICS)) assert.ok(text.includes(`\`${name}\``), name);
    const alerts = new Set(expressions().flatMap((rule) => ("alert" in rule ? [rule.alert] : [])));
    const loki = parse(read("docs/monitoring/loki-rules.yaml")) as { groups: { rules: { alert: string }[] }[] };
    for (const { rules } of loki.groups) for (const { alert } of rules) alerts.add(alert);
    const headings = [...text.matchAll(/^### (Credential\w+)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings.sort(), [...alerts].sort());
  });
});
