import * as path from "node:path";
import { execa } from "execa";
import type { StackOutputs } from "../../catalog/outputs";
import { FixableError } from "../../config/fixableError";
import { REPOSITORY } from "../../lab/paths";
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
}

/** Commands that read the configuration. */
const CONFIGURED = new Set(["up", "update", "preview", "destroy", "refresh", "config"]);

/** Runs pulumi on the stack with the terminal's own input and output. Returns its exit code. */
export async function runPulumi(stack: ManagedStack, args: readonly string[]): Promise<number> {
  const [command = "", ...rest] = args;
  const configured = CONFIGURED.has(command)
    ? ["--stack", stack.name, "--config-file", stack.configFile]
    : command === "stack"
      ? ["--stack", stack.name]
      : [];
  const { exitCode } = await execa("pulumi", [command, ...rest, ...configured], {
    cwd: REPOSITORY,
    env: stack.env,
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}

/** The stack's outputs. */
export async function outputs(stack: ManagedStack): Promise<StackOutputs> {
  const { cluster, services, externalSecrets } = JSON.parse(
    await pulumi(stack, "stack", "output", "--json", "--stack", stack.name),
  ) as Partial<StackOutputs>;
  if (!cluster || !services) throw new FixableError(`stack ${stack.name} has not been brought up`, "`npm run up`");
  requireCurrent(stack.name, services);
  return { cluster, services, ...(externalSecrets === undefined ? {} : { externalSecrets }) };
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
    : "mend what it names and run the command again; what was made is taken up";
}
