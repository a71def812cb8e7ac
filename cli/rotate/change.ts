import * as fs from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { FixableError } from "../../config/fixableError";

/** What follows from a changed file. The numbers are exit codes. */
export interface Steps {
  preview: () => Promise<number>;
  agreed: () => Promise<boolean>;
  up: () => Promise<number>;
}

/**
 * Changes a file for a preview, and for good once that is agreed to. Ctrl-C reaches pulumi, too, whose preview fails then; this process outlives it, to put the
 * file back.
 */
export async function changeFile(file: string, edit: (text: string) => string, { preview, agreed, up }: Steps): Promise<number> {
  const before = await fs.readFile(file, "utf8");
  const after = edit(before);
  const restore = () => fs.writeFile(file, before);
  const wait = () => undefined;
  process.on("SIGINT", wait);
  try {
    await fs.writeFile(file, after);
    const previewed = await preview();
    if (previewed !== 0 || !(await agreed())) {
      await restore();
      return previewed === 0 ? 2 : previewed;
    }
  } catch (error) {
    await restore();
    throw error;
  } finally {
    process.off("SIGINT", wait);
  }
  return up();
}

/** Asks at a terminal. An answer that never comes (Ctrl-C, Ctrl-D) is no. */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream & { isTTY?: boolean } = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  if (!input.isTTY) throw new FixableError("there is nobody to ask", "`--yes` answers for you");
  const readline = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => readline.once("close", () => resolve("")));
  try {
    return /^y(es)?$/i.test((await Promise.race([readline.question(`${question} [y/N] `), closed])).trim());
  } finally {
    readline.close();
  }
}
