import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { execa, type Options } from "execa";
import { LabError } from "./errors";

/**
 * Runs a command with its output in `log`.
 * @throws {LabError} When it cannot be started or fails: what was being done, the log, and `remedy`.
 */
export async function runLogged(
  what: string,
  command: readonly string[],
  options: Options & { log: string; remedy: string },
): Promise<void> {
  const { log, remedy, ...rest } = options;
  const output = createWriteStream(log, { flags: "a" });
  await once(output, "open");
  try {
    const [file, ...args] = command;
    await execa(file!, args, { ...rest, stdin: "ignore", stdout: output, stderr: output });
  } catch (cause) {
    throw new LabError(`${what} failed`, { log, remedy, cause });
  } finally {
    output.end();
  }
}
