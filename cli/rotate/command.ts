import * as fs from "node:fs/promises";
import { Option, type Command } from "commander";
import type { ServiceOutput } from "../../catalog/outputs";
import type { Strategy } from "../../config/schema";
import { FixableError } from "../../config/fixableError";
import { settingsIn } from "../../config/settings";
import { didYouMean } from "../../config/similar";
import { createReport } from "../../lab/progress";
import { besideOf, entryText, fullEntry } from "../../rotation/entry";
import { requireSomebody } from "../shared/confirm";
import { describe, format, onStack, yes } from "../shared/options";
import { existingOutputs } from "../stack/existing";
import { visibleLines } from "../../config/visible";
import { readStackFile, stackFile, stackNeeds } from "../stack/stackFile";
import { answeringTarget, clientTarget, placeOf, type Target, type TargetOptions } from "../stack/target";
import { applyChange, writeChange } from "./apply";
import { changeStrategy, choose, ending, pick, retire, rotate, rotationIn, type StackText } from "./edit";
import { explicitForm, secretsOf } from "./explicit";

type ChangeOptions = TargetOptions & { yes?: true; write?: true; force?: true; output: "text" | "json" };
type RotateOptions = ChangeOptions & {
  group?: string[];
  all?: true;
  due?: true;
  strategy?: Strategy;
  writeExplicit?: true;
};

const WRITE = "only change the stack's file: no preview and no `up`, for a pull request";

const print = (text: string): void => void process.stdout.write(`${visibleLines(text)}\n`);

export function rotateCommand(): Command {
  const about = describe({
    name: "rotate",
    description:
      "Give services new passwords: write their next turn into the stack's file, show the preview, ask, apply. Without a service: say which there are.",
    cluster: "the stack's, else the lab; it is changed once you agree",
    examples: [
      ["rotate platform", "one service of dev"],
      ["rotate --due --stack prod", "every service whose password is older than it may be"],
      ["rotate --all --stack prod --yes", "without a question"],
      ["rotate --due --stack prod --write", "only in the stack's file, for a pull request"],
    ],
    page: "docs/runbooks/rotation.md",
  });
  return onStack(about)
    .argument("[services...]")
    .option("-g, --group <name...>", "the services of a group of `rotation.groups`")
    .option("-a, --all", "every service")
    .option("-d, --due", "every service whose password is older than its `maxAgeDays`")
    .addOption(new Option("--strategy <strategy>", "replace their passwords in this way from now on").choices(["inPlace", "alternating"]))
    .option("--write-explicit", "only say in a stack file that adds generations up which logins there are; changes no password")
    .addOption(yes())
    .option("-w, --write", WRITE)
    .option("-f, --force", "although sessions are open with the credential whose turn it is again")
    .addOption(format())
    .action(async (names: string[], options: RotateOptions) => {
      if (options.writeExplicit) return writeExplicit(options);
      const isSome = options.group !== undefined || options.all || options.due;
      await requireInFile(options.stack, names, isSome ? undefined : ", or give --group, --all or --due");
      const running = await openRunning(options);
      const { services, file } = running;
      const { group: groups = [], all = false, due = false, strategy } = options;
      const chosen = choose(services, file, { names, groups, all, due });
      if (chosen === undefined) return nothing(running, options, "No password is older than it may be.");
      const edit = (one: StackText) => (strategy === undefined ? rotate(one, chosen) : changeStrategy(one, chosen, strategy));
      if (edit(file) === file.text) return nothing(running, options, `${strategy} is their strategy already.`);
      return change(running, edit, options);
    });
}

export function retireCommand(): Command {
  const about = describe({
    name: "retire",
    description: "End the previous credential of services: it may not log in any more. Without a service: say which there are.",
    cluster: "the stack's, else the lab; it is changed once you agree",
    examples: [["retire platform --stack prod", "the login that platform had before"]],
    page: "docs/runbooks/rotation.md",
  });
  return onStack(about)
    .argument("[services...]")
    .addOption(yes())
    .option("-w, --write", WRITE)
    .option("-f, --force", "although it has open sessions")
    .addOption(format())
    .action(async (names: string[], options: ChangeOptions) => {
      await requireInFile(options.stack, names, "");
      const running = await openRunning(options);
      const { services, file } = running;
      const { entryOf, strategyOf } = rotationIn(file);
      const chosen = pick(services, names).filter(([name]) => besideOf(strategyOf(name), entryOf(name)) !== undefined);
      if (chosen.length === 0) return nothing(running, options, "None of them has a previous credential.");
      return change(running, (one) => retire(one, chosen), options);
    });
}

/**
 * Refuses a command without a service, or with one that the stack's file does not have, before a
 * cluster is asked.
 *
 * @param otherwise options that choose services without their names; absent: one is given
 */
async function requireInFile(stack: string, names: readonly string[], otherwise: string | undefined): Promise<void> {
  const { config } = await readStackFile(stack);
  const { services } = settingsIn(config);
  // Problems of the file itself are listed elsewhere, in full.
  if (typeof services !== "object" || services === null) return;
  const known = Object.keys(services);
  if (names.length === 0 && otherwise !== undefined)
    throw new FixableError("no service is named", `name one of ${known.join(", ")}${otherwise}`);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new FixableError(
      `Pulumi.${stack}.yaml has no service ${unknown.join(", ")}${didYouMean(unknown[0]!, known)}`,
      `name one of ${known.join(", ")}`,
    );
}

/** A stack of a target that answers, with its file and what it says of its services. */
interface Running {
  readonly target: Target;
  readonly cluster: string;
  readonly services: Readonly<Record<string, ServiceOutput>>;
  readonly file: StackText;
}

async function openRunning(options: ChangeOptions): Promise<Running> {
  const { stack } = options;
  const target = await answeringTarget(options);
  const file = { stack, text: await fs.readFile(stackFile(stack), "utf8") };
  return { target, file, ...(await existingOutputs(createReport(), target, stack)) };
}

/**
 * What a run comes to; `-o json` prints it as it is. Fields are added, never changed, while
 * `schema` stays.
 */
interface ChangeReport {
  readonly schema: 1;
  readonly stack: string;
  readonly target: Pick<Target, "kind" | "context" | "server">;
  /** What the stack's file says of each service whose logins change. */
  readonly services: readonly { readonly service: string; readonly before: string; readonly after: string }[];
  readonly applied: boolean;
}

function reportOf({ target: { kind, context, server }, file }: Running, services: ChangeReport["services"], applied: boolean): string {
  const report: ChangeReport = { schema: 1, stack: file.stack, target: { kind, context, server }, services, applied };
  return JSON.stringify(report, undefined, 2);
}

function nothing(running: Running, { output }: ChangeOptions, why: string): void {
  print(output === "json" ? reportOf(running, [], false) : why);
}

async function change(
  running: Running,
  edit: (file: StackText) => string,
  { yes: isAgreed, write: isWritten, force, output }: ChangeOptions,
): Promise<void> {
  const { target, cluster, services, file } = running;
  const { stack } = file;
  const place = placeOf(stack, target);
  process.stderr.write(`${place}\n`);
  if (!isAgreed && !isWritten) requireSomebody();
  const after = { ...file, text: edit(file) };
  const changes = changesOf(file, after, Object.keys(services));
  const lines = changes.map((one) => `  ${one.service}: ${one.before} -> ${one.after}`);
  const what = {
    cluster,
    edit: (text: string) => edit({ ...file, text }),
    ends: ending(file, after, Object.entries(services)),
    force: force ?? false,
  };
  if (isWritten) {
    await writeChange(target, { stack, file: stackFile(stack) }, what);
    const next = `Pulumi.${stack}.yaml is written, and no password has changed. Commit it: \`cnpg-credentials review --stack ${stack} --own\` says what its \`up\` will do.`;
    return print(output === "json" ? reportOf(running, changes, false) : [...lines, next].join("\n"));
  }
  process.exitCode = await applyChange(createReport(), target, stack, {
    ...what,
    question: [...lines, `Do you want to perform this update of ${place}?`].join("\n"),
    yes: isAgreed ?? false,
    output: output === "json" ? "stderr" : "inherit",
  });
  if (output === "json") print(reportOf(running, changes, process.exitCode === 0));
}

/** What a stack's file says of services before and after. */
export function changesOf(before: StackText, after: StackText, services: readonly string[]): ChangeReport["services"] {
  const [is, becomes] = [rotationIn(before), rotationIn(after)].map(
    ({ strategyOf, entryOf }) =>
      (service: string) =>
        `${strategyOf(service)}, ${entryText(fullEntry(strategyOf(service), entryOf(service)))}`,
  );
  return services.map((service) => ({ service, before: is!(service), after: becomes!(service) })).filter((one) => one.before !== one.after);
}

/** A stack of the older form cannot be loaded: its file and the cluster are all that is asked. */
async function writeExplicit(options: TargetOptions): Promise<void> {
  const target = await answeringTarget(options);
  const { stack } = options;
  const [path, { namespace }] = [stackFile(stack), await stackNeeds(stack)];
  const text = await fs.readFile(path, "utf8");
  process.stderr.write(`${placeOf(stack, target)}\n`);
  const explicit = explicitForm({ stack, text }, await secretsOf(clientTarget(target), namespace, stack));
  if (explicit.text === text) return print(`Pulumi.${stack}.yaml says already which logins there are.`);
  await fs.writeFile(path, explicit.text);
  for (const [service, entry] of explicit.written) print(`${service}: ${entryText(entry)}`);
  print(`Pulumi.${stack}.yaml is written, and no password changes: \`npm run review -- --stack ${stack}\` says so.`);
}
