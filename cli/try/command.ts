import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";
import { apiPath, CNPG } from "../../kube/kinds/groups";
import { clientOf } from "../../kube/client";
import { connectionOf } from "../../kube/kubeconfig";
import { labStatus, stopLab } from "../../lab/cluster";
import { createReport, type Report } from "../../lab/progress";
import { installCnpg, kubectlTo } from "../shared/installs";
import { asked } from "../shared/askCluster";
import { confirm } from "../shared/confirm";
import { describe, yes } from "../shared/options";
import { fromHere } from "../shared/here";
import { ensureLocalCluster, isMaker, removeLocalCluster, suitable, type Maker } from "../stack/localCluster";
import { findOwnCluster } from "../stack/ownCluster";
import { placeOf, runningTarget, type Target } from "../stack/target";
import { loginTable } from "../up/loginTable";
import { bringUp, type Outcome } from "../up/up";
import { clientPod, watchClient } from "./client";
import { ensureTrialNamespace, removeTrialNamespace } from "./namespace";
import {
  CLUSTER,
  enterTrial,
  forgetTrial,
  IMAGE,
  NAMESPACE,
  newTrialId,
  optionsOf,
  readTrial,
  rememberTrial,
  requireTrial,
  SERVICES,
  STACK,
  type Trial,
} from "./place";
import { Watch } from "./seen";

interface Options {
  readonly on?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly lab?: true;
  readonly down?: true;
  readonly yes?: true;
  readonly seconds?: string;
}

type Open = (name: string) => Promise<Command>;

/** Commands that are of use in a trial, each as it is on any stack. */
const INSIDE = ["rotate", "retire", "status", "psql", "drift", "kubectl"] as const;

/** @param open loads another command of this program */
export function tryCommand(open: Open): Command {
  return describe({
    name: "try",
    description: `Bring two services up (shop, orders) in a namespace of their own, and show a client that logs in every second, until Ctrl-C. In another terminal, \`try rotate shop\` and \`try rotate orders\` replace their passwords. \`try --down\` removes all of it. With one of ${INSIDE.join(", ")}: that command, on the trial.`,
    cluster:
      "the one of --context or --on; else one of kind's where Docker answers and kind is there, else the lab. The namespace cnpg-try is made in it",
    examples: [
      ["try", "in a cluster that is made for it"],
      ["try --context kind-kind", "in a cluster of ~/.kube/config that runs CloudNativePG"],
      ["try --on k3d", "in a new cluster of k3d's; kind and minikube as well"],
      ["try rotate shop", "beside it: two logins take turns, and none is refused"],
      ["try --down", "remove what was made, and nothing else"],
    ],
    page: "docs/getting-started.md",
  })
    .argument("[command]", `one of ${INSIDE.join(", ")}`)
    .argument("[args...]", "of that command")
    .option("--on <cluster>", "kind, k3d, minikube, lab, or a context")
    .option("--context <name>", "context of the kubeconfig")
    .option("--kubeconfig <file>", "instead of KUBECONFIG and ~/.kube/config", fromHere)
    .option("--lab", "the lab, the throw-away cluster of this machine")
    .option("--seconds <number>", "end by itself after so many seconds of logins")
    .option("--down", "remove everything that was made")
    .addOption(yes())
    .passThroughOptions()
    .action((command: string | undefined, args: readonly string[], options: Options) => act(command, args, options, open));
}

async function act(command: string | undefined, args: readonly string[], options: Options, open: Open): Promise<void> {
  if (command !== undefined) return inside(command, args, open);
  if (options.down) return down();
  const seconds = options.seconds === undefined ? undefined : Number(options.seconds);
  if (seconds !== undefined && !(seconds > 0)) throw new FixableError("--seconds is not a number of seconds", "write a number, such as 60");
  const report = createReport();
  const trial = await begin(report, options);
  await enterTrial(trial);
  let outcome: Outcome | undefined;
  await bringUp(
    report,
    optionsOf(trial),
    STACK,
    async (target) => prepareIn(target, trial, options),
    (found) => {
      outcome = found;
    },
  );
  const { services, logins } = outcome!;
  process.stdout.write(`\n${loginTable(services, logins)}\n\n`);
  const failed = logins.filter(({ error }) => error !== undefined);
  if (failed.length > 0)
    throw new FixableError(`${failed.map(({ service }) => service).join(", ")}: no login`, "`cnpg-credentials try drift` says why");
  await watch(outcome!, seconds);
}

/** Says where, before anything is made there, and remembers it. */
async function begin(report: Report, options: Options): Promise<Trial> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const before = await readTrial();
  if (before !== undefined) {
    if (options.on !== undefined || options.context !== undefined)
      throw new FixableError(
        `something is tried already, in ${nameOf(before)}`,
        "`cnpg-credentials try` goes on with it; `try --down` ends it",
      );
    say(`try: goes on in ${nameOf(before)}`);
    // A run that was killed may have left it half made.
    return before.maker === undefined ? before : makeCluster(report, before.maker, before);
  }
  const isNamed = options.context !== undefined || options.kubeconfig !== undefined || Boolean(process.env.KUBECONFIG);
  const on = options.lab ? "lab" : (options.on ?? (isNamed ? undefined : await suitable()));
  if (on === "lab") {
    say(`try: in the lab, a throw-away cluster of this machine, in the namespace ${NAMESPACE}`);
    const trial: Trial = { id: newTrialId(), kind: "lab", ...((await labStatus()) === undefined && { startedLab: true }) };
    await rememberTrial(trial);
    return trial;
  }
  if (isMaker(on)) {
    say(`try: in a cluster of ${on}'s called ${CLUSTER}, which is made with CloudNativePG in it, and removed by \`try --down\``);
    return makeCluster(report, on);
  }
  const { kubeconfig } = options;
  const { context } = await findOwnCluster({ kubeconfig, context: options.context ?? on });
  return { id: newTrialId(), kind: "own", context, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
}

/** @param before the trial of an earlier run, which has made it */
async function makeCluster(report: Report, maker: Maker, before?: Trial): Promise<Trial> {
  const { id } = before ?? { id: newTrialId() };
  const onCreate = () => rememberTrial({ id, kind: "own", maker });
  const { context, isNew } = await ensureLocalCluster(report, maker, CLUSTER, { onCreate });
  const trial: Trial = { id, kind: "own", context, ...((isNew || before !== undefined) && { maker }) };
  await rememberTrial(trial);
  return trial;
}

const nameOf = ({ kind, context, kubeconfig, maker }: Trial): string =>
  kind === "lab" ? "the lab" : `context ${context ?? `of ${kubeconfig ?? maker ?? "KUBECONFIG"}`}`;

/** The namespace; in a cluster of somebody's own, once they have agreed. */
async function prepareIn(target: Target, trial: Trial, { yes: isAgreed }: Options): Promise<void> {
  if (target.kind === "own" && trial.maker === undefined) {
    await requireOperator(target);
    const place = placeOf(STACK, target);
    process.stderr.write(`try: ${place}, in the namespace ${NAMESPACE}\n`);
    if (!isAgreed && !(await confirm(`Make the namespace ${NAMESPACE} there, with a database of one instance?`)))
      throw new FixableError("nothing was changed", "answer `y`, or give --yes");
    await rememberTrial(trial);
  }
  await asked(() => ensureTrialNamespace(target.config, trial.id));
}

/**
 * The operator is not installed in a cluster that others use: the person who has named it sees the
 * line.
 */
async function requireOperator(target: Target): Promise<void> {
  const { status } = await asked(async () => clientOf(await connectionOf(target.config))("GET", apiPath(CNPG)));
  if (status === 200) return;
  const kubectl = kubectlTo(["kubectl", "--context", target.context]);
  throw new FixableError(`${target.title} has no CloudNativePG`, `install it: ${installCnpg(kubectl).join(" && ")}`);
}

async function watch({ target, services }: Pick<Outcome, "target" | "services">, seconds: number | undefined): Promise<void> {
  const watched = new Watch([...SERVICES]);
  const controller = new AbortController();
  const end = () => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  print("A client logs in every second. Ctrl-C ends it. In another terminal:");
  print("  npx cnpg-credentials try rotate shop      two logins take turns: none is refused");
  print("  npx cnpg-credentials try rotate orders    one login: refused until the client's mounted Secret is new\n");
  const image = target.lab?.postgresImage ?? IMAGE;
  let timer: NodeJS.Timeout | undefined;
  await watchClient(
    target.config,
    clientPod(NAMESPACE, image, services),
    (attempt) => {
      if (seconds !== undefined) timer ??= setTimeout(end, seconds * 1000);
      const line = watched.see(attempt);
      if (line !== undefined) print(line);
    },
    controller.signal,
  );
  clearTimeout(timer);
  print(`\n${watched.summary().join("\n")}`);
  print("`npx cnpg-credentials try` goes on, `npx cnpg-credentials try --down` removes all of it.");
}

/** A command of this program, on the trial. */
async function inside(command: string, args: readonly string[], open: Open): Promise<void> {
  const name = INSIDE.find((one) => one === command);
  if (name === undefined) throw new FixableError(`\`try\` does not know ${command}`, `there are ${INSIDE.join(", ")}`);
  const trial = await requireTrial();
  await enterTrial(trial);
  const { lab, context, kubeconfig } = optionsOf(trial);
  const where = [
    `--stack=${STACK}`,
    ...(lab ? ["--lab"] : []),
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
  ];
  await (await open(name)).exitOverride().parseAsync([...where, ...args], { from: "user" });
}

async function down(): Promise<void> {
  const trial = await readTrial();
  if (trial === undefined) return void process.stdout.write("Nothing is tried: there is nothing to remove.\n");
  const report = createReport();
  await enterTrial(trial);
  if (trial.maker !== undefined) {
    const target = await runningTarget(optionsOf(trial)).catch(() => undefined);
    await removeLocalCluster(report, trial.maker, CLUSTER);
    if (target !== undefined) await removeDirectory(target.directory);
  } else if (trial.kind === "own" || (await labStatus()) !== undefined) {
    const target = await runningTarget(optionsOf(trial));
    await report.step(`Removing the namespace ${NAMESPACE}`, () => asked(() => removeTrialNamespace(target.config, trial.id)));
    await removeDirectory(target.directory);
  }
  if (trial.startedLab) await stopLab(report);
  await forgetTrial();
  process.stdout.write(`Removed: ${removed(trial)}, and the files of the trial on this machine.\n`);
}

/** With the directory of its cluster, where nothing else is in that. */
async function removeDirectory(directory: string): Promise<void> {
  await fs.rm(directory, { recursive: true, force: true });
  await fs.rmdir(path.dirname(directory)).catch(() => undefined);
}

function removed({ kind, maker, startedLab }: Trial): string {
  if (maker !== undefined) return `the ${maker} cluster ${CLUSTER}`;
  return kind === "lab" && startedLab ? "the lab" : `the namespace ${NAMESPACE}`;
}
