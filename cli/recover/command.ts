import type { Command } from "commander";
import { describe, format } from "../shared/options";
import { projectDirectory } from "../stack/project";
import { readStackFile } from "../stack/stackFile";
import { recover } from "./recover";

export function recoverCommand(): Command {
  return describe({
    name: "recover",
    description:
      "Clear what a killed run left in a stack's state, and nothing else: locks of dead processes, notes of interrupted operations. Then run `pulumi up`. `cnpg-credentials up` does both by itself.",
    cluster: "none; the state where pulumi is logged in",
    examples: [["recover --stack prod", "after an `up` of prod was killed"]],
    environment: [["PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE", "as for pulumi"]],
  })
    .option("-s, --stack <name>", "the stack; the selected one if absent")
    .addOption(format())
    .action(async ({ stack, output }: { stack?: string; output: "text" | "json" }) => {
      if (stack !== undefined) await readStackFile(stack);
      process.stderr.write(`recover: ${stack === undefined ? "the selected stack" : `stack ${stack}`}\n`);
      const done = await recover({ cwd: projectDirectory(), env: process.env }, stack);
      const text = done.length > 0 ? done.join("\n") : "nothing to recover";
      process.stdout.write(`${output === "json" ? JSON.stringify({ schema: 1, ...(stack && { stack }), done }, undefined, 2) : text}\n`);
    });
}
