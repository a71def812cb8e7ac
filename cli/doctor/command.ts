import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { visibleJson } from "../../config/visible";
import { Unreachable } from "../../kube/kubeconfig";
import { requireLabMachine } from "../../lab/cluster/machine";
import { describe, format, onStack } from "../shared/options";
import { placeOf, runningTarget, type Target, type TargetOptions } from "../stack/target";
import { checkCluster, checkFile, checkMachine, noCluster, type Check, type MachineFacts, type Reach } from "./checks";
import { askCluster, askMachine, loadStack } from "./gather";
import { installTool } from "../shared/installs";
import { renderText, type DoctorReport } from "./render";

type Options = TargetOptions & { output: "text" | "json" };

export function doctorCommand(): Command {
  const about = describe({
    name: "doctor",
    description:
      "Say what a stack needs, what of it is there, and the line that installs what is missing: tools, operators, namespaces, storage, rights, policies. Needs no state and no passphrase.",
    cluster: "the stack's, else the lab; read only",
    examples: [
      ["doctor --context kind-kind", "before the first `up` in a cluster"],
      ["doctor --stack prod -o json", "for a pipeline"],
    ],
    page: "docs/getting-started.md",
  });
  return onStack(about).addOption(format()).action(act);
}

async function act(options: Options): Promise<void> {
  const report = await examine(options);
  process.stdout.write(`${options.output === "json" ? visibleJson(report, 2) : renderText(report)}\n`);
  process.exitCode = report.clean ? 0 : 1;
}

async function examine(options: Options): Promise<DoctorReport> {
  const { stack } = options;
  const [machine, found] = await Promise.all([askMachine(), findTarget(options)]);
  const target = "target" in found ? found.target : undefined;
  const loaded = await loadStack(stack, target);
  const cluster = "target" in found ? await ofCluster(loaded, found.target, options) : [await nowhere(found.error, machine)];
  const checks = [...checkMachine(machine), ...checkFile(stack, loaded.problems), ...cluster];
  const place = target === undefined ? `stack ${stack}, and no cluster` : placeOf(stack, target);
  return { schema: 1, stack, place, clean: !checks.some(({ state }) => state === "missing"), checks };
}

/** A cluster that is named wrongly, or none, is what this command is for. */
async function findTarget(options: TargetOptions): Promise<{ target: Target } | { error: FixableError }> {
  try {
    return { target: await runningTarget(options) };
  } catch (error) {
    if (error instanceof FixableError) return { error };
    throw error;
  }
}

async function ofCluster(loaded: Awaited<ReturnType<typeof loadStack>>, target: Target, options: Options): Promise<Check[]> {
  const { stack, selected } = loaded;
  if (stack === undefined || selected === undefined)
    return [{ name: "Cluster", state: "unknown", found: "asked once the stack's file is right", fix: [] }];
  try {
    return checkCluster(await askCluster({ stack, selected }, target, reachOf(target, options)));
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return [noCluster(error.message, ["# see that `kubectl get namespaces` works with that kubeconfig and context"])];
  }
}

/** In the lab, kubectl is this program's own. */
function reachOf({ kind, context }: Target, { stack, kubeconfig }: Options): Reach {
  if (kind === "lab") return { stack, kubectl: ["npx", "cnpg-credentials", "kubectl", "--lab"], helm: [], isOurs: true };
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
  const isPod = context === "in-cluster";
  return {
    stack,
    kubectl: ["kubectl", ...file, ...(isPod ? [] : ["--context", context])],
    helm: [...file, ...(isPod ? [] : ["--kube-context", context])],
  };
}

/** Where no cluster is named, `up` starts the lab, on a machine that can hold one. */
async function nowhere({ what, remedy }: FixableError, { platform, docker }: MachineFacts): Promise<Check> {
  const why = await requireLabMachine().then(
    () => undefined,
    (error: FixableError) => error.what,
  );
  if (/no cluster is named/.test(what) && why === undefined)
    return { name: "Cluster", state: "advice", found: "none is named: `up` starts the lab, a throw-away cluster of this machine", fix: [] };
  const kind = docker === undefined ? [] : [...installTool("kind", platform), "kind create cluster"];
  return noCluster([what, why].filter(Boolean).join("; "), [...(remedy === undefined ? [] : [`# ${remedy}`]), ...kind]);
}
