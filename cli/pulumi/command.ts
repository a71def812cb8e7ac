import type { Command } from "commander";
import { createReport } from "../../lab/progress";
import { describe, onStack } from "../shared/options";
import { runPulumi } from "../stack/engine";
import { openTargetStack, placeOf, prepareTarget, requireAnswer, startTarget, type TargetOptions } from "../stack/target";
import { ensureAuthority } from "./authority";
import { beginsWithProviders, refuse } from "./refusals";

/** Commands that cannot end well without the cluster. A `destroy` can: the cluster may be gone. */
const ASKS = new Set(["up", "update", "preview", "pre", "watch"]);
/** Commands that change the cluster or the state: the caller sees where. pulumi itself asks. */
const WRITES = new Set(["up", "update", "destroy", "down", "dn", "refresh", "import", "watch", "cancel", "state"]);

export function pulumiCommand(): Command {
  const about = describe({
    name: "pulumi",
    description:
      "Run pulumi on a stack, with the state, the passphrase and the configuration that `up` has. --stack and -s name the stack wherever they stand. pulumi asks before it changes anything, or takes --yes.",
    cluster: "the stack's, else the lab, which is started",
    examples: [
      ["pulumi preview --diff", "what an `up` of dev would change"],
      ["pulumi destroy --stack staging", "the end of staging, and of nothing else"],
    ],
  });
  return onStack(about).argument("<args...>").passThroughOptions().action(act);
}

async function act(args: readonly string[], options: TargetOptions): Promise<void> {
  refuse(args, options.stack);
  const report = createReport();
  const target = await startTarget(report, options);
  // Nothing is fetched for a cluster that does not answer.
  if (args.some((one) => ASKS.has(one))) await requireAnswer(target);
  const command = args.find((one) => WRITES.has(one));
  if (command !== undefined) process.stderr.write(`pulumi ${command}: ${placeOf(options.stack, target)}\n`);
  await prepareTarget(report, target, options.stack);
  const stack = await openTargetStack(report, target, options.stack);
  if (beginsWithProviders(args)) await ensureAuthority(stack);
  process.exitCode = await runPulumi(stack, args);
}
