import * as path from "node:path";
import { Option, type Command } from "commander";
import type { PreviewRequest, ReviewOptions } from "./ask";
import { REPOSITORY } from "../../lab/paths";
import { createReport, type Report } from "../../lab/progress";
import { fromHere } from "../shared/here";
import { describe, onStack } from "../shared/options";
import { requireStack } from "../stack/existing";
import { engineDirectory, projectDirectory } from "../stack/project";
import { answeringTarget, openTargetStack, type TargetOptions } from "../stack/target";

type Options = TargetOptions & ReviewOptions & { own?: true; policy: boolean };

/** Its engine is that of `cnpg-credentials pulumi` unless it is to be the user's own. What it is made with is loaded when it is run. */
export function reviewCommand(): Command {
  const about = describe({
    name: "review",
    description: "Say what a preview would change, for a pull request: what is destroyed first, and no value of anything.",
    cluster: "the stack's, else the lab, read only; none with --from",
    examples: [
      ["review --stack prod", "what an `up` of prod would change"],
      ["review --from preview.json --stack prod", "what a preview that is recorded would"],
    ],
    page: "docs/pull-requests.md",
  });
  return onStack(about)
    .option("--from <file>", "a preview that `pulumi preview --json` has recorded; `-`: standard input", (file) =>
      file === "-" ? file : fromHere(file),
    )
    .option("--events <file>", "with --from: its log of events (`--event-log`), which has what the policy pack says", fromHere)
    .addOption(
      new Option("--own", "the pulumi, the login and the stack file of this directory, as `pulumi preview` takes them").conflicts("from"),
    )
    .option("--no-policy", "do not ask the policy pack")
    .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["md", "json"]).default("md"))
    .option("--all", "everything, however long")
    .option("--marker", "begin with a line that is not shown, by which a workflow finds its comment")
    .action(async (options: Options) => {
      const { reviewStack } = await import("./ask");
      const report = createReport();
      const request = options.from === undefined ? await prepare(report, options) : undefined;
      const { text, exitCode } = await (request === undefined
        ? reviewStack(options)
        : report.step("Preview", () => reviewStack(options, request)));
      process.stdout.write(`${text}\n`);
      process.exitCode = exitCode;
    });
}

async function prepare(report: Report, options: Options): Promise<PreviewRequest> {
  const pack = options.policy ? { policyPack: path.join(REPOSITORY, "policy") } : {};
  if (options.own) return { cwd: projectDirectory(), env: process.env, ...pack };
  const target = await answeringTarget(options);
  await requireStack(target, options.stack);
  const { env, configFile } = await openTargetStack(report, target, options.stack);
  return { cwd: engineDirectory(), env, configFile, ...pack };
}
