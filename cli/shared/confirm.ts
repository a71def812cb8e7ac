import { createInterface } from "node:readline/promises";
import { FixableError } from "../../config/fixableError";

type Input = NodeJS.ReadableStream & { isTTY?: boolean };

/** Asks at a terminal. An answer that never comes (Ctrl-C, Ctrl-D) is no. */
export async function confirm(
  question: string,
  input: Input = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<boolean> {
  requireSomebody(input);
  const readline = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => readline.once("close", () => resolve("")));
  try {
    return /^y(es)?$/i.test((await Promise.race([readline.question(`${question} [y/N] `), closed])).trim());
  } finally {
    readline.close();
  }
}

/** @throws FixableError where nobody can answer: before work that only leads up to a question */
export function requireSomebody(input: Input = process.stdin): void {
  if (!input.isTTY) throw new FixableError("there is nobody to ask", "`--yes` answers for you");
}
