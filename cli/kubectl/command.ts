import type { Command } from "commander";
import { describe, onStack } from "../shared/options";
import { placeOf, runningTarget, type TargetOptions } from "../stack/target";
import { kubectl } from "./run";

/** Commands that change something: the caller sees where. */
const WRITES = new Set(
  "annotate apply autoscale cordon cp create debug delete drain edit exec expose label patch replace rollout run scale set taint uncordon".split(
    " ",
  ),
);

export function kubectlCommand(): Command {
  const about = describe({
    name: "kubectl",
    description:
      "Run kubectl in the cluster and the context of a stack. Its arguments are kubectl's; `-s` behind its command is kubectl's own.",
    cluster: "the stack's, else the lab",
    examples: [
      ["kubectl get pods -A", ""],
      ["kubectl --stack prod get secrets -n ameide-prod", "in the context that Pulumi.prod.yaml names"],
    ],
  });
  return onStack(about).argument("<args...>").passThroughOptions().action(act);
}

async function act(args: string[], options: TargetOptions): Promise<void> {
  const target = await runningTarget(options);
  const verb = args.find((one) => !one.startsWith("-"));
  if (target.kind === "own" && verb !== undefined && WRITES.has(verb))
    process.stderr.write(`kubectl ${verb}: ${placeOf(options.stack, target)}\n`);
  process.exitCode = await kubectl(target, args);
}
