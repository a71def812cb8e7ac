import * as fs from "node:fs";
import * as path from "node:path";
import Mocha from "mocha";

export interface Outcome {
  passed: number;
  failed: number;
  skipped: string[];
  /** How long each group of tests took, its hooks included, in seconds. */
  seconds: Record<string, number>;
}

/** What stands before the title of a test that was skipped. */
export const SKIPPED = "SKIPPED: ";

/** Files below a directory that are wanted, in alphabetical order. */
export function findTests(directory: string, wanted: (file: string) => boolean): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter(wanted)
    .map((file) => path.join(directory, file))
    .sort();
}

/**
 * Runs test files, one after the other. A file that cannot be loaded, or no test at all, is a
 * failure.
 */
export async function runTests(files: readonly string[], options: Mocha.MochaOptions): Promise<Outcome> {
  const mocha = new Mocha({ reporter: "spec", forbidOnly: true, ...options });
  for (const file of files) mocha.addFile(file);
  const skipped: string[] = [];
  const seconds: Record<string, number> = {};
  const stats = await new Promise<Mocha.Stats | undefined>((resolve) => {
    // Loads the files first, and throws what one of them throws.
    const runner = mocha.run(() => resolve(runner.stats));
    runner.on("pending", (test) => skipped.push(test.fullTitle()));
    let began = 0;
    const outermost = (suite: Mocha.Suite) => suite.parent?.root === true;
    runner.on("suite", (suite) => void (outermost(suite) && (began = performance.now())));
    runner.on("suite end", (suite) => void (outermost(suite) && (seconds[suite.title] = (performance.now() - began) / 1000)));
  }).catch((error: unknown) => void console.error("A test file cannot be loaded:", error));
  const { passes = 0, failures = 0 } = stats ?? {};
  const none = passes + failures === 0;
  if (stats && none) console.error("No test was found.");
  return { passed: passes, failed: none ? 1 : failures, skipped, seconds };
}

/**
 * Prints where the time went, what was skipped, and the closing line, `N passed, N failed`, and
 * ends the process.
 */
export function summarise(outcomes: readonly Outcome[]): never {
  const slow = outcomes.flatMap(({ seconds }) => Object.entries(seconds)).filter(([, seconds]) => seconds > 30);
  for (const [title, seconds] of slow.sort(([, one], [, other]) => other - one)) console.log(`${Math.round(seconds)} s: ${title}`);
  const skipped = outcomes.flatMap((outcome) => outcome.skipped);
  for (const title of skipped) console.log(`${SKIPPED}${title}`);
  const sum = (field: "passed" | "failed") => outcomes.reduce((total, outcome) => total + outcome[field], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
  // Not `exitCode`: what a failed test left open must not keep the run from ending.
  process.exit(sum("failed") > 0 ? 1 : 0);
}
