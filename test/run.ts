// npm test [-- <part of a path> ...]: type check, lint, formatting, then every test but the lab's. With arguments only the tests whose path
// contains one of them. The last line is `N passed, N failed`, with `, N skipped` when something was.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import Mocha from "mocha";

interface Outcome {
  passed: number;
  failed: number;
  skipped: string[];
}

const ROOT = path.dirname(__dirname);
const CHECKS = [
  { title: "type check", command: ["tsc", "--noEmit"], remedy: "npm run typecheck" },
  { title: "lint", command: ["eslint", ".", "--max-warnings", "0"], remedy: "npm run lint" },
  { title: "format", command: ["prettier", "--check", "--log-level", "warn", "."], remedy: "npm run format" },
];

async function main(parts: readonly string[]): Promise<void> {
  const outcomes = parts.length > 0 ? [] : await Promise.all(CHECKS.map(check));
  outcomes.push(await runTests(findTests(parts)));
  const skipped = outcomes.flatMap((outcome) => outcome.skipped);
  for (const title of skipped) console.log(`SKIPPED: ${title}`);
  const sum = (field: "passed" | "failed") => outcomes.reduce((total, outcome) => total + outcome[field], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`);
  // Not `exitCode`: what a failed test left open must not keep the run from ending.
  process.exit(sum("failed") > 0 ? 1 : 0);
}

async function check({ title, command, remedy }: (typeof CHECKS)[number]): Promise<Outcome> {
  const started = Date.now();
  console.log(`${title} ...`);
  const [name = "", ...args] = command;
  const child = spawn(path.join(ROOT, "node_modules/.bin", name), args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve)),
  ]);
  const ok = code === 0;
  console.log(`${title} ${ok ? "passed" : "FAILED"} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (!ok) console.log(`${output}${errors}\n${title}: \`${remedy}\` repeats it`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] };
}

function findTests(parts: readonly string[]): string[] {
  return fs
    .readdirSync(__dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !/^(e2e|bench)[\\/]/.test(file))
    .filter((file) => parts.length === 0 || parts.some((part) => path.join("test", file).includes(part)))
    .map((file) => path.join(__dirname, file))
    .sort();
}

async function runTests(files: readonly string[]): Promise<Outcome> {
  const mocha = new Mocha({ reporter: "spec", timeout: 20_000, forbidOnly: true });
  for (const file of files) mocha.addFile(file);
  const skipped: string[] = [];
  const stats = await new Promise<Mocha.Stats | undefined>((resolve) => {
    // Loads the files first, and throws what one of them throws.
    const runner = mocha.run(() => resolve(runner.stats));
    runner.on("pending", (test) => skipped.push(test.fullTitle()));
  }).catch((error: unknown) => void console.error("A test file cannot be loaded:", error));
  const { passes = 0, failures = 0 } = stats ?? {};
  const none = passes + failures === 0;
  if (stats && none) console.error("No test was found.");
  return { passed: passes, failed: none ? 1 : failures, skipped };
}

void main(process.argv.slice(2));
