import { Option, type Command } from "commander";
import type { InventoryOptions } from "./report";
import { stackFile } from "../stack/stackFile";
import { clientTarget, runningTarget, type TargetOptions } from "../stack/target";

/** `npm run inventory`. What it is made with is loaded when it is run, and by no other command. */
export function addInventory(command: Command): void {
  command
    .option("--live", "compare with the cluster, keeping no value")
    .option("--repo <path...>", "compare with the manifests in these files and directories")
    .addOption(new Option("-o, --output <format>", "a page, data, or its pictures").choices(["md", "json", "mermaid"]).default("md"))
    .option("--check", "instead: whether docs/inventory/<stack>.md and the owners' pages beside it are what they should be")
    .addOption(new Option("--write", "instead: make them so").conflicts("check"))
    .action(async (options: TargetOptions & InventoryOptions) => {
      const { conclude, inventory } = await import("./report");
      const { stack, live } = options;
      // The stack's file says it all: no state is opened, and without `--live` no cluster is needed.
      const target = live ? { target: clientTarget(options, await runningTarget(options)) } : {};
      const found = await inventory({ stack, file: stackFile(stack), repo: options.repo ?? [], ...target });
      const { text, verdict, exitCode } = await conclude(found, options);
      if (text !== "") process.stdout.write(`${text}\n`);
      process.stderr.write(verdict === "" ? "" : `${verdict}\n`);
      process.exitCode = exitCode;
    });
}
