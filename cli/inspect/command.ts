import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { createReport } from "../../lab/progress";
import { serviceOf } from "../psql/command";
import { observe } from "../shared/observe";
import { describe, format, onStack } from "../shared/options";
import { existingOutputs } from "../stack/existing";
import { answeringTarget, type TargetOptions } from "../stack/target";

export function inspectCommand(): Command {
  const about = describe({
    name: "inspect",
    description:
      "List what runs by itself or with another's rights in a service's database (functions, triggers, rules, views, defaults, policies, event triggers, rights, settings of sessions), newest first: what a login that has leaked may have left there. Without a service: in all of them. Changes nothing.",
    cluster: "the stack's, else the lab; read only",
    examples: [["inspect platform --stack prod", "after its credential has leaked"]],
    page: "docs/runbooks/rotation.md",
  });
  return onStack(about).argument("[services...]").addOption(format()).action(act);
}

async function act(names: readonly string[], options: TargetOptions & { output: "text" | "json" }): Promise<void> {
  const { inspect, renderJson, renderText } = await import("./report");
  const { stack, output } = options;
  const report = createReport();
  const target = await answeringTarget(options);
  const { cluster, services } = await existingOutputs(report, target, stack);
  const chosen = (names.length === 0 ? Object.keys(services) : names).map((name) => [name, serviceOf(services, name, stack)] as const);
  const { primary } = await observe(target.config, cluster, services);
  if (primary === undefined) throw new FixableError(`${cluster} has no primary`, "`npm run status` says what it waits for");
  const found = await report.step("Databases", () => inspect({ config: target.config, stack, cluster, primary }, chosen));
  process.stdout.write(`${output === "json" ? renderJson(found) : renderText(found)}\n`);
  process.exitCode = found.clean ? 0 : 1;
}
