import { Argument, Option, type Command } from "commander";
import type { MigrateOptions } from "./report";
import { MODES, type Mode } from "./types";
import { allFromHere } from "../shared/here";
import { describe, onStack } from "../shared/options";
import { stackFile } from "../stack/stackFile";
import { visibleLines } from "../../config/visible";
import { answeringTarget, clientTarget, namedTarget, type TargetOptions } from "../stack/target";

/** What it is made with is loaded when it is run. */
export function migrateCommand(): Command {
  const about = describe({
    name: "migrate",
    description: "Say how databases' credentials get from Vault to CloudNativePG, and where each service stands. Changes nothing.",
    cluster: "the stack's, else the lab; read only",
    examples: [
      ["migrate plan --stack prod", "the steps in order, with the commands"],
      ["migrate check --stack prod", "a line for each service"],
    ],
    page: "docs/runbooks/migration.md",
  });
  return onStack(about)
    .addArgument(new Argument("<mode>", "the steps in order, or a line for each service").choices(MODES))
    .option("--repo <path...>", "look at the manifests in these files and directories, too", allFromHere)
    .option("--no-login", "try no password")
    .addOption(new Option("-o, --output <format>", "for people or for programs").choices(["md", "json"]).default("md"))
    .action(async (mode: Mode, options: TargetOptions & MigrateOptions & { stack: string }) => {
      const { conclude, migrate } = await import("./report");
      const { stack, repo = [], login, output } = options;
      const target = await answeringTarget(options);
      const found = await migrate({
        stack,
        file: stackFile(stack),
        target: clientTarget(target),
        repo,
        named: namedTarget(options),
        ...(login ? { config: target.config } : {}),
      });
      const { text, exitCode } = conclude(found, mode, output);
      process.stdout.write(`${visibleLines(text)}\n`);
      process.exitCode = exitCode;
    });
}
