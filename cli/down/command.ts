import type { Command } from "commander";
import { stopLab, labStatus, listLabs } from "../../lab/cluster";
import { labName } from "../../lab/paths";
import { createReport } from "../../lab/progress";
import { describe } from "../shared/options";

export function down(): Command {
  return describe({
    name: "down",
    description:
      "End the lab and remove everything that it has made, its databases included. A cluster of your own is left alone: there, `cnpg-credentials pulumi destroy --stack <name>` is the end of a stack.",
    cluster: "no cluster but the lab",
    examples: [["down", "the end of the lab of this clone"]],
  }).action(act);
}

async function act(): Promise<void> {
  const isThere = (await labStatus()) !== undefined || (await listLabs()).some(({ name }) => name === labName());
  const existed = isThere && (await stopLab(createReport()));
  process.stdout.write(existed ? "The lab is gone.\n" : "There is no lab.\n");
}
