import { once } from "node:events";
import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import { execa, type Options } from "execa";
import { FixableError } from "../config/fixableError";

/**
 * Runs a command with its output in `log`.
 * @throws {FixableError} When it cannot be started or fails: what was being done, the command's last
 * line, the log, and `remedy`.
 */
export async function runLogged(
  what: string,
  command: readonly string[],
  options: Options & { log: string; remedy: string },
): Promise<void> {
  const { log, remedy, ...rest } = options;
  const output = createWriteStream(log, { flags: "a" });
  await once(output, "open");
  const { size } = await fs.stat(log);
  try {
    const [file, ...args] = command;
    await execa(file!, args, { ...rest, stdin: "ignore", stdout: output, stderr: output });
  } catch (cause) {
    const said = (await fs.readFile(log)).subarray(size).toString().trimEnd().split("\n").at(-1);
    throw new FixableError(`${what} failed${said && `: ${said}`}`, remedy, { log, cause });
  } finally {
    output.end();
  }
}
