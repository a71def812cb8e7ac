import type { Command } from "commander";
import { visibleLines } from "../../config/visible";
import { readable } from "./readable";

/**
 * Runs a command: exit 0 clean, 1 when the action says so, 2 for misuse or failure. Prints what can
 * be fixed without a stack trace.
 */
export async function run(command: Command, argv: readonly string[] = process.argv): Promise<void> {
  endQuietly();
  for (const each of [command, ...command.commands])
    each.showHelpAfterError(`\`${nameOf(each)} --help\` says how it is used`).exitOverride();
  try {
    await command.parseAsync(argv);
  } catch (error) {
    const { code, exitCode } = error as { code?: unknown; exitCode?: number };
    if (typeof code === "string" && code.startsWith("commander.")) {
      process.exitCode = exitCode === 0 ? 0 : 2;
      return;
    }
    fail(error);
  }
}

/** Prints an error as a person needs it. */
export function fail(error: unknown): void {
  process.stderr.write(`${visibleLines(readable(error))}\n`);
  process.exitCode = 2;
}

const nameOf = (command: Command): string => [command.parent?.name(), command.name()].filter(Boolean).join(" ");

/** The reader of the output may have enough of it: `| head`. */
function endQuietly(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
}
