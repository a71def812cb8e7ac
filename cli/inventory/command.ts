import { Option, type Command } from "commander";
import { allFromHere } from "../shared/here";
import { describe, onStack } from "../shared/options";
import { stackFile } from "../stack/stackFile";
import { visibleLines } from "../../config/visible";
import { answeringTarget, clientTarget, type TargetOptions } from "../stack/target";
import type { InventoryOptions } from "./report";

/** What it is made with is loaded when it is run. */
export function inventoryCommand(): Command {
  const about = describe({
    name: "inventory",
    description: "Say where every Secret of the stack comes from, from its file and the catalogue alone.",
    cluster: "none, but for --live, which reads from the stack's",
    examples: [
      ["inventory --stack prod", "the page of prod"],
      ["inventory --stack prod --live -o html > prod.html", "the same as one file for a browser, with ages and differences"],
      ["inventory --stack prod --write", "write docs/inventory/prod.md and prod.json beside it"],
      ["inventory --live --repo ../gitops", "where the cluster and manifests have it otherwise"],
    ],
    environment: [["KUBECONFIG", "with --live: kubeconfigs, as kubectl reads them"]],
    page: "docs/inventory.md",
  });
  return onStack(about)
    .option("--live", "compare with the cluster, keeping no value")
    .option("--repo <path...>", "compare with the manifests in these files and directories", allFromHere)
    .addOption(
      new Option("-o, --output <format>", "a page, a page for a browser, data, or its pictures")
        .choices(["md", "html", "json", "mermaid"])
        .default("md"),
    )
    .option("--check", "print no page; say whether docs/inventory/<stack>.md and <stack>.json are up to date")
    .addOption(new Option("--write", "print no page; write those files").conflicts("check"))
    .action(async (options: TargetOptions & InventoryOptions) => {
      const { conclude, inventory } = await import("./report");
      const { stack, live } = options;
      // The stack's file says it all: no state is opened, and without `--live` no cluster is
      // needed.
      const target = live ? { target: clientTarget(await answeringTarget(options)) } : {};
      const found = await inventory({ stack, file: stackFile(stack), repo: options.repo ?? [], ...target });
      const { text, verdict, exitCode } = await conclude(found, options);
      if (text !== "") process.stdout.write(`${options.output === "html" ? text : visibleLines(text)}\n`);
      process.stderr.write(verdict === "" ? "" : `${visibleLines(verdict)}\n`);
      process.exitCode = exitCode;
    });
}
