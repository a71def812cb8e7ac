import type { Command } from "commander";
import { FixableError } from "../../config/fixableError";

/** Runs a command: exit 0 clean, 1 when the action says so, 2 for misuse or failure. Prints what can be fixed without a stack trace. */
export async function run(command: Command, argv: readonly string[] = process.argv): Promise<void> {
  command.showHelpAfterError().configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const each of [command, ...command.commands]) each.exitOverride();
  try {
    await command.parseAsync(argv);
  } catch (error) {
    const { code, exitCode, message, stack, stderr } = error as Error & { code?: unknown; exitCode?: number; stderr?: unknown };
    if (typeof code === "string" && code.startsWith("commander.")) {
      process.exitCode = exitCode === 0 ? 0 : 2;
      return;
    }
    const isFixable = error instanceof FixableError;
    process.stderr.write(`${isFixable ? message : (stack ?? message)}\n${typeof stderr === "string" && !isFixable ? stderr : ""}`);
    process.exitCode = 2;
  }
}
