import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { execa } from "execa";
import { announceEngine, recover, UpdateRunning } from "../recover/recover";
import { onStack, remedy, UP, type ManagedStack } from "./engine";
import { FixableError } from "../../config/fixableError";
import { REPOSITORY } from "../../lab/paths";
import type { Update } from "../../lab/progress";
import { eventually } from "../../lab/wait";

/** Of an engine that gives no diagnosis. */
const LAST_LINES = 20;

/** How often the progress of an `up` is told. */
const UPDATE_MS = 2_000;

/** What an `up` did, in the engine's words: `14 to create`, `62 unchanged`. */
export interface UpResult {
  changed: boolean;
  summary: string;
  /** What the program, not a provider, has to say of it. */
  warnings: readonly string[];
}

/**
 * Clears what a killed run left, then brings the stack up.
 *
 * @throws FixableError with the diagnostics of the engine and the log
 */
export async function up(stack: ManagedStack, update: Update): Promise<UpResult> {
  const recovered = await recovery(stack, update);
  const { log } = stack;
  const output = createWriteStream(log, { mode: 0o600 });
  for (const line of recovered) output.write(`${line}\n`);
  if (recovered.length > 0) update(recovered.join("; "));
  await announceEngine({ cwd: stack.directory, env: stack.env });
  const run = execa("pulumi", onStack(stack, [...UP, "--non-interactive", "--color", "never"]), {
    cwd: REPOSITORY,
    env: stack.env,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
  });
  const tail: string[] = [];
  let resources = 0;
  let said = 0;
  for await (const line of createInterface({ input: run.all })) {
    output.write(`${line}\n`);
    tail.push(line);
    if (!/^ [+~-]+ .* (created|updated|deleted|replaced)/.test(line)) continue;
    resources++;
    if (performance.now() < said + UPDATE_MS) continue;
    said = performance.now();
    update(`${resources} resources changed`);
  }
  const { exitCode } = await run;
  output.end();
  // Whoever reads the log next finds all of it.
  await finished(output);
  if (exitCode !== 0) {
    const text = diagnostics(tail).join("\n");
    throw new FixableError(`pulumi up of stack ${stack.name} failed\n${text}`, remedy(stack, text), { log });
  }
  const from = tail.findIndex((line) => line.startsWith("Resources:"));
  const counts =
    from < 0
      ? []
      : tail
          .slice(from + 1)
          .filter((line) => /^ {4}\S/.test(line))
          .map((line) => line.trim());
  return { changed: counts.some((line) => !/unchanged$/.test(line)), summary: counts.join(", "), warnings: warnings(diagnostics(tail)) };
}

/** Recovers the stack, after whatever updates it at the moment has ended: a killed run can leave an engine that is about to notice. */
function recovery(stack: ManagedStack, update: Update): Promise<string[]> {
  const expired = () => new FixableError(`another update of stack ${stack.name} does not end`, "see what it waits for, or end it");
  return eventually({ seconds: 600, everyMs: 1000, expired }, () =>
    recover({ cwd: stack.directory, env: stack.env }, stack.name).catch((error: unknown) => {
      if (!(error instanceof UpdateRunning)) throw error;
      return void update(error.message);
    }),
  );
}

/** Lines that say what went wrong, of all that the engine has printed: the outputs, which follow them, are as they were. */
export function diagnostics(lines: readonly string[]): string[] {
  const from = lines.findIndex((line) => line.startsWith("Diagnostics:"));
  // It gives up before it begins: a lock, a plugin that is not there.
  if (from < 0) return lines.slice(-LAST_LINES);
  const to = lines.findIndex((line, index) => index > from && /^(Outputs|Resources):/.test(line));
  return withoutConsequences(lines.slice(from, to < 0 ? undefined : to));
}

/** A resource that has failed says why; that the program did not get it is told as an exception, with a stack. */
function withoutConsequences(lines: readonly string[]): string[] {
  let isConsequence = false;
  return lines.filter((line) => {
    if (!/^ {8}at /.test(line)) isConsequence = /^ {4}error: (Error: )?resource \S+ \[\S+\] failed to register$/.test(line);
    return !isConsequence;
  });
}

/** Of diagnostics: the program's own are those of the stack, where those of providers are of a resource. */
export function warnings(lines: readonly string[]): string[] {
  let isOwn = false;
  return lines.flatMap((line) => {
    if (/^ {2}\S/.test(line)) isOwn = line.startsWith("  pulumi:pulumi:Stack ");
    const [, warning] = /^ {4}warning: (.*)/.exec(line) ?? [];
    return isOwn && warning !== undefined ? [warning] : [];
  });
}
