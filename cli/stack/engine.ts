import * as path from "node:path";
import { execa } from "execa";
import type { StackOutputs } from "../../catalog/outputs";
import { FixableError } from "../../config/fixableError";
import { engineDirectory } from "./project";
import { announceEngine } from "../recover/recover";
import { requireCurrent } from "../shared/credential";

/** A stack of this program as `npm run up` keeps it: its state, passphrase and configuration lie outside the clone. */
export interface ManagedStack {
  name: string;
  /** Holds the state (unless the user is logged in elsewhere), the passphrase, the configuration and the logs. */
  directory: string;
  env: NodeJS.ProcessEnv;
  configFile: string;
  /** What the engine printed in the last `up`. */
  log: string;
  /** The directory of the policy pack that previews and `up`s are judged by. */
  policyPack?: string | undefined;
}

/**
 * An `up` that asks nothing. What fails stops what depends on it, and nothing else: without the last one the engine begins nothing more, and a restart would be left undone
 * because a proof had failed first.
 */
export const UP = ["up", "--yes", "--skip-preview", "--continue-on-error"] as const;

/** Commands of pulumi's that read a stack's configuration. */
const CONFIGURED = new Set(["up", "update", "preview", "pre", "destroy", "down", "dn", "refresh", "config", "import", "watch", "logs"]);
/** Those that are about a stack, and would take the one that is selected. */
const OF_A_STACK = new Set([...CONFIGURED, "stack", "cancel", "state", "console", "deployment"]);
/** Those that lock its state. */
const LOCKING = new Set(["up", "update", "destroy", "down", "dn", "refresh", "import", "watch"]);
/** Those that a policy pack judges. */
const JUDGED = new Set(["up", "update", "preview", "pre"]);
/** Options that would lead it to another stack, or to another configuration, than the ones that are named. */
const ELSEWHERE = /^(--(config-file|cwd|stack)(=|$)|-C|-[yfjderi]*s)/;

/**
 * A pulumi command line on the stack: whatever the arguments are, they are about this one.
 *
 * @throws FixableError when they lead elsewhere
 */
export function onStack(
  { name, configFile, policyPack }: Pick<ManagedStack, "name" | "configFile" | "policyPack">,
  args: readonly string[],
): string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const [own, rest] = [args.slice(0, end), args.slice(end)];
  const elsewhere = own.find((one) => ELSEWHERE.test(one));
  if (elsewhere !== undefined)
    throw new FixableError(
      `${elsewhere} leads pulumi elsewhere than to stack ${name}`,
      "name the stack with --stack, by itself and before any `--`; for all else run pulumi itself",
    );
  const command = own.find((one) => OF_A_STACK.has(one)) ?? "";
  const stack = OF_A_STACK.has(command) ? ["--stack", name] : [];
  const isJudged = policyPack !== undefined && JUDGED.has(command) && !own.some((one) => /^--policy-pack(=|$)/.test(one));
  return [
    ...own,
    ...stack,
    ...(CONFIGURED.has(command) ? ["--config-file", configFile] : []),
    ...(isJudged ? ["--policy-pack", policyPack] : []),
    ...rest,
  ];
}

/** Runs pulumi on the stack with the terminal's own input and output. Returns its exit code. */
export async function runPulumi(
  stack: ManagedStack,
  args: readonly string[],
  { output = "inherit" }: { output?: "inherit" | "stderr" } = {},
): Promise<number> {
  const words = onStack(stack, args);
  if (words.some((word) => LOCKING.has(word))) await announceEngine({ cwd: stack.directory, env: stack.env });
  const { exitCode } = await execa("pulumi", words, {
    cwd: engineDirectory(),
    env: stack.env,
    stdin: "inherit",
    stdout: output === "stderr" ? 2 : "inherit",
    stderr: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}

/** The stack's outputs. */
export async function outputs(stack: ManagedStack): Promise<StackOutputs> {
  return readOutputs(stack.name, JSON.parse(await pulumi(stack, "stack", "output", "--json", "--stack", stack.name)));
}

/** What a stack says of itself, as the engine has it. */
export function readOutputs(name: string, found: unknown): StackOutputs {
  const { cluster, clusterIs, services, externalSecrets } = (found ?? {}) as Partial<StackOutputs>;
  if (!cluster || !services) throw notUp(name);
  requireCurrent(name, services);
  return {
    cluster,
    services,
    ...(clusterIs === undefined ? {} : { clusterIs }),
    ...(externalSecrets === undefined ? {} : { externalSecrets }),
  };
}

export function notUp(name: string, where = ""): FixableError {
  return new FixableError(`stack ${name} has not been brought up${where}`, `\`cnpg-credentials up --stack ${name}\``);
}

/** Runs pulumi beside the stack's configuration and returns what it prints. */
export async function pulumi(stack: ManagedStack, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa("pulumi", args, { cwd: stack.directory, env: stack.env, reject: false });
  if (exitCode !== 0) throw new FixableError(`pulumi ${args.join(" ")} failed\n${stderr}`, remedy(stack, stderr));
  return stdout;
}

/** What to do about what the engine says. */
export function remedy(stack: ManagedStack, diagnostics: string): string {
  return /passphrase/.test(diagnostics)
    ? `give the passphrase that the state was made with: PULUMI_CONFIG_PASSPHRASE, or the file ${path.join(stack.directory, "passphrase")}`
    : "fix what it names and run the command again; it goes on from there";
}
