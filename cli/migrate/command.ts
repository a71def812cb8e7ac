import { Argument, Option, type Command } from "commander";
import type { MigrateOptions } from "./report";
import { MODES, type Mode } from "./types";
import { stackFile } from "../stack/stackFile";
import { clientTarget, namedTarget, runningTarget, type TargetOptions } from "../stack/target";

/** `npm run migrate`. What it is made with is loaded when it is run, and by no other command. */
export function addMigrate(command: Command): void {
  command
    .addArgument(new Argument("<mode>", "the steps in order, or a line for each service").choices(MODES))
    .option("--repo <path...>", "look at the manifests in these files and directories, too")
    .option("--no-login", "try no password")
    .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["md", "json"]).default("md"))
    .action(async (mode: Mode, options: TargetOptions & MigrateOptions & { stack: string }) => {
      const { conclude, migrate } = await import("./report");
      const { stack, repo = [], login, output } = options;
      const target = await runningTarget(options);
      const found = await migrate({
        stack,
        file: stackFile(stack),
        target: clientTarget(options, target),
        repo,
        named: namedTarget(options),
        ...(login ? { config: target.config } : {}),
      });
      const { text, exitCode } = conclude(found, mode, output);
      process.stdout.write(`${text}\n`);
      process.exitCode = exitCode;
    });
}
