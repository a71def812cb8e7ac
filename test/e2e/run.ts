// npm run e2e [-- <part of a file name> ...]: the real engine, providers, API server, operator and Postgres, in this clone's lab, which is made anew.
// npm run soak: the same with the long campaigns. The last line is `N passed, N failed`.
import * as path from "node:path";
import { execa } from "execa";
import { findTests, runTests, SKIPPED, summarise, type Outcome } from "../support/mocha";

const BESIDE = "--beside";
const OPTIONS = { timeout: 15 * 60_000, bail: false };

// In order: each file leaves stack dev up, as it found it. Those that hold a stopwatch are not among the first.
const LAB = [
  ...["up", "access", "services", "roleApi", "stacks", "adoption", "input", "drift", "bundles", "mirrorAccess", "mirrorDrift"],
  ...["node", "restarts", "turns", "rotation", "pooler", "proof", "vault", "mirror"],
  ...["leaks", "alertRules", "alerts", "kill", "killRotation", "lost", "down"],
];
// They need no lab, and run beside its first ones, in a process of their own.
const HOST = [
  ...["vaultBootstrap", "vaultProvider", "vaultConfiguration"],
  ...["vaultCeremony", "vaultBootstrapToken", "vaultCeremonyKill", "vaultRecovery"],
];

function choose(names: readonly string[], parts: readonly string[]): string[] {
  const files = names.map((name) => path.join(__dirname, `${name}.e2e.ts`));
  return files.filter(
    (file) => parts.length === 0 || file.endsWith("/up.e2e.ts") || parts.some((part) => path.basename(file).includes(part)),
  );
}

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === BESIDE) return summarise([await runTests(args.slice(1), OPTIONS)]);
  const [soak, parts] = args[0] === "--soak" ? [true, args.slice(1)] : [false, args];
  process.env.SOAK = soak ? "1" : "";
  const known = new Set([...LAB, ...HOST].map((name) => path.join(__dirname, `${name}.e2e.ts`)));
  const unlisted = findTests(__dirname, (file) => file.endsWith(".e2e.ts")).filter((file) => !known.has(file));
  if (unlisted.length > 0) throw new Error(`${unlisted.join(", ")}: at what point is it to be run?`);
  const [lab, host] = [choose(LAB, parts), choose(HOST, parts)];
  // Without a lab where all that is asked for needs none.
  const beside = runBeside(host);
  const outcome = lab.length === 1 && host.length > 0 ? [] : [await runTests(lab, OPTIONS)];
  summarise([...outcome, ...(await beside)]);
}

/** Runs files in a process of their own, and prints what it says once it has ended. Without a closing line, that is a failure. */
async function runBeside(files: readonly string[]): Promise<Outcome[]> {
  if (files.length === 0) return [];
  const run = await execa(process.execPath, [...process.execArgv, __filename, BESIDE, ...files], { all: true, reject: false });
  const lines = run.all.split("\n");
  const [, passed = 0, failed = 1] = /^(\d+) passed, (\d+) failed/.exec(lines.pop() ?? "") ?? [];
  console.log(lines.join("\n"));
  const skipped = lines.flatMap((line) => (line.startsWith(SKIPPED) ? [line.slice(SKIPPED.length)] : []));
  return [{ passed: Number(passed), failed: Number(failed), skipped, seconds: {} }];
}

void main(process.argv.slice(2));
