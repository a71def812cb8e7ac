import { Option, type Command } from "commander";
import type { PreviewRequest, ReviewOptions } from "./ask";
import { REPOSITORY } from "../../lab/paths";
import type { Report } from "../../lab/progress";
import { openTargetStack, runningTarget, type TargetOptions } from "../stack/target";

type Options = TargetOptions & ReviewOptions & { own?: true; policy: boolean };

/** `npm run review`, whose engine is that of `npm run pulumi` unless it is to be the user's own. What it is made with is loaded when it is run. */
export function addReview(command: Command, report: Report): void {
  command
    .option("--from <file>", "a preview that `pulumi preview --json` has recorded; `-`: standard input")
    .option("--events <file>", "with --from: its log of events (`--event-log`), which has what the policy pack says")
    .addOption(
      new Option("--own", "the pulumi, the login and the stack file of this directory, as `pulumi preview` takes them").conflicts("from"),
    )
    .option("--no-policy", "do not ask the policy pack")
    .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["md", "json"]).default("md"))
    .option("--all", "everything, however long")
    .option("--marker", "begin with a line that is not shown, by which a workflow finds its comment")
    .action(async (options: Options) => {
      const { reviewStack } = await import("./ask");
      const request = options.from === undefined ? await prepare(report, options) : undefined;
      const { text, exitCode } = await (request === undefined
        ? reviewStack(options)
        : report.step("Preview", () => reviewStack(options, request)));
      process.stdout.write(`${text}\n`);
      process.exitCode = exitCode;
    });
}

async function prepare(report: Report, options: Options): Promise<PreviewRequest> {
  const pack = options.policy ? { policyPack: "policy" } : {};
  if (options.own) return { cwd: REPOSITORY, env: process.env, ...pack };
  const { env, configFile } = await openTargetStack(report, await runningTarget(options), options.stack);
  return { cwd: REPOSITORY, env, configFile, ...pack };
}
