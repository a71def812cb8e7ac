import * as fs from "node:fs/promises";
import { Option, type Command } from "commander";
import type { ServiceOutput } from "../../catalog/outputs";
import type { Strategy } from "../../config/schema";
import type { Report } from "../../lab/progress";
import { besideOf, entryText } from "../../rotation/entry";
import { outputs, type ManagedStack } from "../stack/engine";
import { stackFile, stackNeeds } from "../stack/stackFile";
import { clientTarget, openTargetStack, runningTarget, type Target, type TargetOptions } from "../stack/target";
import { applyChange } from "./apply";
import { changeStrategy, choose, ending, pick, retire, rotate, rotationIn, type StackText } from "./edit";
import { explicitForm, secretsOf } from "./explicit";

type Options = TargetOptions & { stack: string };
type ChangeOptions = Options & { yes?: true; force?: true };
type RotateOptions = ChangeOptions & {
  group?: string[];
  all?: true;
  due?: true;
  strategy?: Strategy;
  writeExplicit?: true;
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);

export function addRotate(command: Command, report: Report): void {
  command
    .argument("[services...]")
    .option("-g, --group <name...>", "the services of a group of `rotation.groups`")
    .option("-a, --all", "every service")
    .option("-d, --due", "every service whose password is older than its `maxAgeDays`")
    .addOption(new Option("--strategy <strategy>", "replace their passwords in this way from now on").choices(["inPlace", "alternating"]))
    .option("--write-explicit", "only say in a stack file that adds generations up which logins there are; changes no password")
    .option("-y, --yes", "do not ask")
    .option("-f, --force", "although sessions are open with the credential whose turn it is again")
    .action(async (names: string[], options: RotateOptions) => {
      if (options.writeExplicit) return writeExplicit(options);
      const running = await openRunning(report, options);
      const { services, file } = running;
      const { group: groups = [], all = false, due = false, strategy } = options;
      const chosen = choose(services, file, { names, groups, all, due });
      if (chosen === undefined) return print("No password is older than it may be.");
      const edit = (one: StackText) => (strategy === undefined ? rotate(one, chosen) : changeStrategy(one, chosen, strategy));
      if (edit(file) === file.text) return print(`${strategy} is their strategy already.`);
      return change(report, running, edit, options);
    });
}

export function addRetire(command: Command, report: Report): void {
  command
    .argument("<services...>")
    .option("-y, --yes", "do not ask")
    .option("-f, --force", "although it has open sessions")
    .action(async (names: string[], options: ChangeOptions) => {
      const running = await openRunning(report, options);
      const { services, file } = running;
      const { entryOf, strategyOf } = rotationIn(file);
      const chosen = pick(services, names).filter(([name]) => besideOf(strategyOf(name), entryOf(name)) !== undefined);
      if (chosen.length === 0) return print("None of them has a previous credential.");
      return change(report, running, (one) => retire(one, chosen), options);
    });
}

/** A stack of a target that runs, with its file and what it says of its services. */
interface Running {
  readonly target: Target;
  readonly stack: ManagedStack;
  readonly services: Readonly<Record<string, ServiceOutput>>;
  readonly file: StackText;
}

async function openRunning(report: Report, options: Options): Promise<Running> {
  const target = await runningTarget(options);
  const stack = await openTargetStack(report, target, options.stack);
  const file = { stack: stack.name, text: await fs.readFile(stackFile(stack.name), "utf8") };
  return { target, stack, services: (await outputs(stack)).services, file };
}

async function change(
  report: Report,
  { target, stack, services, file }: Running,
  edit: (file: StackText) => string,
  { yes, force }: ChangeOptions,
): Promise<void> {
  const ends = ending(file, { ...file, text: edit(file) }, Object.entries(services));
  process.exitCode = await applyChange(report, target, stack, {
    edit: (text) => edit({ ...file, text }),
    ends,
    yes: yes ?? false,
    force: force ?? false,
  });
}

/** A stack of the older form cannot be loaded: its file and the cluster are all that is asked. */
async function writeExplicit(options: Options): Promise<void> {
  const target = await runningTarget(options);
  const { stack } = options;
  const [path, { namespace }] = [stackFile(stack), await stackNeeds(stack)];
  const text = await fs.readFile(path, "utf8");
  const explicit = explicitForm({ stack, text }, await secretsOf(clientTarget(options, target), namespace, stack));
  if (explicit.text === text) return print(`Pulumi.${stack}.yaml says already which logins there are.`);
  await fs.writeFile(path, explicit.text);
  for (const [service, entry] of explicit.written) print(`${service}: ${entryText(entry)}`);
  print(`Pulumi.${stack}.yaml is written, and no password changes: \`npm run review -- --stack ${stack}\` says so.`);
}
