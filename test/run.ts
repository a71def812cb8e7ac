// npm test [-- <part of a path> ...]: type check, lint, formatting, inventories, then every test but the lab's. With arguments only the tests whose path
// contains one of them. The last line is `N passed, N failed`, with `, N skipped` when something was.
import { spawn } from "node:child_process";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { findTests, runTests, summarise, type Outcome } from "./support/mocha";
import { STACKS } from "./support/stackFiles";

const ROOT = path.dirname(__dirname);
const CHECKS = [
  { title: "type check", command: ["tsc", "--noEmit"], remedy: "npm run typecheck" },
  { title: "lint", command: ["eslint", ".", "--max-warnings", "0"], remedy: "npm run lint" },
  { title: "format", command: ["prettier", "--check", "--log-level", "warn", "."], remedy: "npm run format" },
  ...STACKS.map((stack) => ({
    title: `inventory of ${stack}`,
    command: ["node", "--require", "sucrase/register/ts", "lab/cli.ts", "inventory", "--stack", stack, "--check"],
    remedy: `npm run inventory -- --stack ${stack} --check`,
  })),
];

async function main(parts: readonly string[]): Promise<void> {
  const outcomes = parts.length > 0 ? [] : await Promise.all(CHECKS.map(check));
  const files = findTests(__dirname, (file) => isWanted(file, parts));
  outcomes.push(await runTests(files, { timeout: 20_000 }));
  summarise(outcomes);
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
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [], seconds: {} };
}

function isWanted(file: string, parts: readonly string[]): boolean {
  if (!file.endsWith(".test.ts") || /^(e2e|bench)[\\/]/.test(file)) return false;
  return parts.length === 0 || parts.some((part) => path.join("test", file).includes(part));
}

void main(process.argv.slice(2));
