import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { ruleGroups } from "../../components/alerts/rules";
import { CredentialAlerts } from "../../components/alerts/credentialAlerts";
import type { RuleGroup } from "../../kube/kinds/prometheusRule";
import { place } from "../support/fixtures";
import { run } from "../support/program";
import { watchedCertificates, watchedCredentials } from "../support/watched";
import { cases, healthy } from "./support/alertCases";
import { ROOT } from "./support/commands";
import { Promtool, type Scraped } from "./support/promtool";

const SCRAPED: readonly Scraped[] = ["with honorLabels", "without honorLabels"];

describe("alerts: rules, by promtool", () => {
  let promtool: Promtool;

  before(async () => {
    const { ofKind } = await run(
      () =>
        new CredentialAlerts("alerts", {
          ...{ cluster: "pg", place: place() },
          ...{ credentials: watchedCredentials(), certificates: watchedCertificates() },
        }),
    );
    const [rule] = ofKind("PrometheusRule");
    promtool = await Promtool.over((rule!.inputs.spec as { groups: RuleGroup[] }).groups);
  });
  after(() => promtool.close());

  it("are well-formed", async () => {
    assert.match(await promtool.check(), /SUCCESS/);
  });

  for (const scraped of SCRAPED) {
    it(`are silent when nothing is amiss here and everything is elsewhere (${scraped})`, () =>
      promtool.testSilence(healthy, scraped, ["20m", "3h", "24h"]));

    for (const one of cases) it(`${one.alert} fires when ${one.when} (${scraped})`, () => promtool.test(healthy, one, scraped));
  }

  it("the dashboard's expressions are well-formed", async () => {
    const { panels } = JSON.parse(await fs.readFile(path.join(ROOT, "docs/monitoring/dashboard.json"), "utf8")) as {
      panels: { targets?: { expr: string }[] }[];
    };
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const rules = expressions.map((expr, index) => ({ record: `panel:${index}`, expr: expr.replaceAll(/\$(namespace|cluster)\b/g, "x") }));
    assert.ok(rules.length > 20);
    const dashboard = await Promtool.over([{ name: "dashboard", rules }]);
    try {
      assert.match(await dashboard.check(), /SUCCESS/);
    } finally {
      await dashboard.close();
    }
  });

  it("has a case for every alert", () => {
    const alerts = ruleGroups({ namespace: "apps", cluster: "pg", stack: "test" }, []).flatMap(({ rules }) => rules);
    const expected = alerts.flatMap((rule) => ("alert" in rule ? [rule.alert] : []));
    assert.deepEqual(new Set(cases.map(({ alert }) => alert)), new Set(expected));
  });
});
