// npm test [-- --verbose | --write-golden | <part of a path> ...]: types, lint, formatting,
// inventories, and every test that needs no lab. With parts of paths, only the tests whose path
// contains one of them. A line for each check and each file, failures in full; the last line is
// `N passed, N failed`, with `, N skipped` when something was.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readArguments, type Arguments } from "./runner/arguments";
import { check, CHECKS } from "./runner/checks";
import { cpuSeconds } from "./runner/cpuSeconds";
import type { Result } from "./runner/result";
import { Slot } from "./runner/slot";
import { recordedSeconds, recordSeconds } from "./runner/stamps";
import { findTests, SKIPPED } from "./support/mocha";

const ROOT = path.dirname(__dirname);
const SLOWEST = 5;
const NEEDS_A_LAB = /^test\/(e2e|bench)\//;

/** Something to do that takes a processor: a check, or files one after the other. */
type Task = (worker: Slot) => Promise<Result[]>;

async function main(args: Arguments): Promise<never> {
  if (args.writeGolden) process.env.WRITE_GOLDEN = "1";
  const options = { verbose: args.verbose, color: process.stdout.isTTY };
  const isWanted = (file: string) => args.parts.length === 0 || args.parts.some((part) => file.includes(part));
  const files = ["test", "catalog"]
    .flatMap((directory) => findTests(path.join(ROOT, directory), (file) => file.endsWith(".test.ts")))
    .map((file) => path.relative(ROOT, file).replaceAll("\\", "/"))
    .filter((file) => !NEEDS_A_LAB.test(file) && isWanted(file));
  const results: Result[] = [];
  const tell = (result: Result) => (results.push(result), console.log(lineOf(result, args.verbose)), result);

  const tasks: Task[] = [
    ...(args.parts.length > 0 ? [] : CHECKS).map((one) => async () => [tell(await check(one))]),
    ...ofTheClone(files.filter(isOfTheClone), tell, options),
    ...(await longestFirst(files.filter((file) => !isOfTheClone(file)))).map((file) => async (worker: Slot) => [
      tell(await worker.run(path.join(ROOT, file))),
    ]),
  ];
  // Two even where there is one processor: there is always something to wait for.
  // Golden files are written by one process.
  const width = args.writeGolden ? 1 : Math.min(4, Math.max(2, os.availableParallelism()));
  const slots = Array.from({ length: width }, () => new Slot("tests", options));
  await Promise.all(
    slots.map(async (slot) => {
      for (let task = tasks.shift(); task; task = tasks.shift()) await task(slot);
      await slot.end();
    }),
  );
  await recordSeconds(Object.fromEntries(results.map(({ title, seconds }) => [title, seconds])));
  return summarise(results);
}

/** A test of the catalogue and the stack files that this clone has, instead of the tests' own. */
const isOfTheClone = (file: string) => /^(catalog|test\/clone)\//.test(file);

/** One after the other in a process of their own. */
function ofTheClone(files: readonly string[], tell: (result: Result) => Result, options: ConstructorParameters<typeof Slot>[1]): Task[] {
  if (files.length === 0) return [];
  return [
    async () => {
      const slot = new Slot("clone", options);
      const results: Result[] = [];
      for (const file of files) results.push(tell(await slot.run(path.join(ROOT, file))));
      await slot.end();
      return results;
    },
  ];
}

/** By what they took the last time; by their size where they were not run yet. */
async function longestFirst(files: readonly string[]): Promise<string[]> {
  const recorded = await recordedSeconds();
  const weights = new Map(files.map((file) => [file, recorded[file] ?? fs.statSync(path.join(ROOT, file)).size / 20_000]));
  return [...files].sort((one, other) => weights.get(other)! - weights.get(one)!);
}

function lineOf({ title, passed, failed, skipped, seconds, output }: Result, verbose: boolean): string {
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} FAILED`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  const line = `${failed > 0 ? "FAILED" : "ok"} ${title}: ${counts.join(", ")} in ${seconds.toFixed(1)} s`;
  return output !== "" && (failed > 0 || verbose) ? `${line}\n${output}` : line;
}

/**
 * Prints what failed once more, the slowest files, what was skipped, the time, and the closing
 * line, and ends the process.
 */
function summarise(results: readonly Result[]): never {
  const sum = (count: (result: Result) => number) => results.reduce((total, result) => total + count(result), 0);
  const failed = results.filter((result) => result.failed > 0);
  if (results.length === 0) console.log("No test was found.");
  const slowest = [...results].sort((one, other) => other.seconds - one.seconds).slice(0, SLOWEST);
  console.log(`\nThe slowest: ${slowest.map(({ title, seconds }) => `${title} ${seconds.toFixed(1)} s`).join(", ")}`);
  console.log(`${cpuSeconds().toFixed(0)} s of processor time, ${process.uptime().toFixed(0)} s on the clock`);
  for (const { title } of failed) console.log(`FAILED ${title}`);
  const skipped = results.flatMap((result) => result.skipped);
  for (const title of skipped) console.log(`${SKIPPED}${title}`);
  const failures = sum((result) => result.failed) + (results.length === 0 ? 1 : 0);
  console.log(`${sum((result) => result.passed)} passed, ${failures} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
  process.exit(failures > 0 ? 1 : 0);
}

void main(readArguments(process.argv.slice(2))).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.log("0 passed, 1 failed");
  process.exit(1);
});
