import type { Command } from "commander";
import { stopLab, labStatus, listLabs } from "../../lab/cluster";
import { labName } from "../../lab/paths";
import { createReport } from "../../lab/progress";
import { describe } from "../shared/options";
import { hasLocalCluster, LOCAL_CLUSTER, removeLocalCluster } from "../stack/localCluster";

export function down(): Command {
  return describe({
    name: "down",
    description:
      "End the lab, or the cluster of kind's that `up` has made, and remove everything in it, databases included. A cluster of your own is left alone: there, `cnpg-credentials pulumi destroy --stack <name>` is the end of a stack.",
    cluster: "no cluster but those",
    examples: [["down", "the end of the lab of this clone"]],
  }).action(act);
}

async function act(): Promise<void> {
  const isThere = (await labStatus()) !== undefined || (await listLabs()).some(({ name }) => name === labName());
  const existed = isThere && (await stopLab(createReport()));
  const hasLocal = await hasLocalCluster();
  if (hasLocal) await removeLocalCluster(createReport(), "kind", LOCAL_CLUSTER);
  const gone = [...(existed ? ["The lab is gone."] : []), ...(hasLocal ? [`The kind cluster ${LOCAL_CLUSTER} is gone.`] : [])];
  process.stdout.write(`${gone.length > 0 ? gone.join("\n") : "There is no lab."}\n`);
}
