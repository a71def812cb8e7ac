import type { Command } from "commander";

/** What an operator can mend: what is wrong, and what to do about it. Everything else stays `Error`. */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(message: string, remedy?: string) {
    super(remedy === undefined ? message : `${message}\nRemedy: ${remedy}`);
  }
}

/** Runs a command: exit 0 clean, 1 when the action says so, 2 for misuse or failure. Prints what an operator can mend without a stack trace. */
export async function run(command: Command, argv: readonly string[] = process.argv): Promise<void> {
  command.showHelpAfterError().configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const each of [command, ...command.commands]) each.exitOverride();
  try {
    await command.parseAsync(argv);
  } catch (error) {
    const { code, exitCode, name, message, stack, stderr } = error as Error & { code?: unknown; exitCode?: number; stderr?: unknown };
    if (typeof code === "string" && code.startsWith("commander.")) {
      process.exitCode = exitCode === 0 ? 0 : 2;
      return;
    }
    const mendable = name === "CliError" || name === "LabError";
    process.stderr.write(`${mendable ? message : (stack ?? message)}\n${typeof stderr === "string" && !mendable ? stderr : ""}`);
    process.exitCode = 2;
  }
}
