import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import type { AlertingRule, RuleGroup } from "../../../kube/kinds/prometheusRule";
import { ensurePromtool } from "../../../lab/toolchain";
import { quiet } from "../../support/quiet";
import type { AlertCase, Series } from "./alertCases";

/** How an exporter of objects is scraped: whether an object's namespace keeps its label. */
export type Scraped = "with honorLabels" | "without honorLabels";

/** promtool over a rule file of these groups. */
export class Promtool {
  private constructor(
    private readonly program: string,
    private readonly directory: string,
    private readonly groups: readonly RuleGroup[],
  ) {}

  static async over(groups: readonly RuleGroup[]): Promise<Promtool> {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "alerts-"));
    const promtool = new Promtool(await ensurePromtool(quiet), directory, groups);
    await promtool.writeRules(() => true);
    return promtool;
  }

  async close(): Promise<void> {
    await fs.rm(this.directory, { recursive: true, force: true });
  }

  /** @throws what promtool said, when it finds the rules wanting */
  async check(): Promise<string> {
    return this.run("check", "rules", "--lint-fatal", "--lint=all", "rules.yaml");
  }

  /** Whether the case's alert fires when it must and not before, and nothing else of the same name does. */
  async test(series: Series, one: AlertCase, scraped: Scraped): Promise<void> {
    const { alert, change, at, notYet, labels, summary, description } = one;
    const texts = { summary, ...(description === undefined ? {} : { description }) };
    const input = Object.fromEntries(Object.entries({ ...series, ...change }).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
    const rules = this.alerts().filter((rule) => rule.alert === alert);
    const firing = labels.map((own, index) => {
      const rule = rules.find(({ labels: { source } }) => source === own.source)!;
      const exp_labels = { ...rule.labels, ...own };
      const filled = Object.entries(rule.annotations).map(([key, text]): [string, string] => [key, fill(text, exp_labels)]);
      return { exp_labels, exp_annotations: { ...Object.fromEntries(filled), ...(index === 0 ? texts : {}) } };
    });
    // The others would be evaluated, too, for every minute of a day.
    await this.writeRules((rule) => !("alert" in rule) || rule.alert === alert);
    await this.runTests([
      {
        interval: "1m",
        input_series: inputs(input, scraped),
        alert_rule_test: [...moment(notYet, alert, []), ...moment(at, alert, firing)],
      },
    ]);
  }

  /** Whether no alert fires, or would, of series with nothing amiss. */
  async testSilence(series: Series, scraped: Scraped, at: readonly string[]): Promise<void> {
    const names = [...new Set(this.alerts().map(({ alert }) => alert))];
    await this.writeRules(() => true);
    await this.runTests([
      {
        interval: "1m",
        input_series: inputs(series, scraped),
        alert_rule_test: at.flatMap((time) => names.flatMap((alert) => moment(time, alert, []))),
        promql_expr_test: at.map((time) => ({ expr: "count(ALERTS)", eval_time: time, exp_samples: [] })),
      },
    ]);
  }

  private async writeRules(isMeant: (rule: RuleGroup["rules"][number]) => boolean): Promise<void> {
    const groups = this.groups.map((group) => ({ ...group, rules: group.rules.filter(isMeant) }));
    await fs.writeFile(path.join(this.directory, "rules.yaml"), stringify({ groups: groups.filter(({ rules }) => rules.length > 0) }));
  }

  private alerts(): AlertingRule[] {
    return this.groups.flatMap(({ rules }) => rules).filter((rule) => "alert" in rule);
  }

  private async runTests(tests: readonly object[]): Promise<void> {
    const file = path.join(this.directory, "test.yaml");
    await fs.writeFile(file, stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests }, { aliasDuplicateObjects: false }));
    await this.run("test", "rules", "test.yaml");
  }

  private async run(...args: string[]): Promise<string> {
    const { exitCode, all } = await execa(this.program, args, { cwd: this.directory, all: true, reject: false });
    if (exitCode !== 0) throw new Error(`promtool ${args.join(" ")}: exit ${exitCode}\n${all}`);
    return all;
  }
}

function inputs(series: Series, scraped: Scraped): object[] {
  const label = scraped === "with honorLabels" ? 'namespace="' : 'namespace="exporters",exported_namespace="';
  return Object.entries(series).map(([name, values]) => ({ series: name.replace('{ns}="', label), values }));
}

function moment(time: string | undefined, alertname: string, firing: readonly object[]): object[] {
  return time === undefined ? [] : [{ eval_time: time, alertname, exp_alerts: firing }];
}

/** What Prometheus makes of an annotation that has labels in it. */
function fill(text: string, labels: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? "");
}
