// npm run e2e [-- <part of a file name> ...]: the real engine, providers, API server, operator and Postgres, in this clone's lab, which is made anew.
// npm run soak: the same with the long campaigns. The last line is `N passed, N failed`.
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { copyProgram } from "../support/copy";
import { findTests, runTests, SKIPPED, summarise, type Outcome } from "../support/mocha";
import { npm, ok } from "./support/commands";

const BESIDE = "--beside";
const FIRST = "up";
/** In order. Each file leaves stack dev up, as it found it; those that hold a stopwatch are the last of their half. */
const DATABASES = [
  ...["access", "node", "services", "roleApi", "restarts", "drift", "kill", "killRotation"],
  ...["alertRules", "alerts", "proof", "turns", "rotation", "pooler", "leaks", "lost", "down"],
];
/** These need no lab. */
const ALONE = [
  "policy",
  "workflows",
  ...["vaultBootstrap", "vaultProvider", "vaultConfiguration"],
  ...["vaultCeremony", "vaultBootstrapToken", "vaultCeremonyKill", "vaultRecovery"],
];
/** About as long as the databases', with what does not mind when. */
const VAULT = [
  ...ALONE,
  // What is compared word by word comes before what rotates.
  ...["vault", "bundles", "inventory", "review", "mirror", "mirrorAccess", "mirrorDrift", "input", "azurePreview", "vaultStaging"],
  ...["policyStacks", "stacks", "tls", "adoption", "newApplication", "migration", "restore"],
];

const fileOf = (name: string) => path.join(__dirname, `${name}.e2e.ts`);
/** With what makes the lab, where it takes one. */
function files(names: readonly string[]): string[] {
  const needsNone = names.length > 0 && names.every((name) => ALONE.includes(name));
  return [...(needsNone ? [] : [FIRST]), ...names].map(fileOf);
}
const run = (wanted: readonly string[]) => runTests(wanted, { timeout: 15 * 60_000, bail: false });

async function main(args: readonly string[]): Promise<never> {
  if (args[0] === BESIDE) return beside(args.slice(1));
  const [soak, parts] = args[0] === "--soak" ? [true, args.slice(1)] : [false, args];
  process.env.SOAK = soak ? "1" : "";
  const listed = [FIRST, ...DATABASES, ...VAULT].map(fileOf);
  const unlisted = findTests(__dirname, (file) => file.endsWith(".e2e.ts")).filter((file) => !listed.includes(file));
  if (unlisted.length > 0) throw new Error(`${unlisted.join(", ")}: at what point is it to be run?`);
  const wanted = (name: string) => parts.length === 0 || parts.some((part) => path.basename(fileOf(name)).includes(part));
  const [databases, vault] = [DATABASES.filter(wanted), VAULT.filter(wanted)];
  if (databases.length === 0 || vault.length === 0) return summarise([await run(files([...databases, ...vault]))]);
  // Much of the time is waiting: of the two halves, one runs beside the other, in a lab of its own.
  const other = runBeside(vault);
  return summarise([await run(files(databases)), await other]);
}

/** Runs tests in a copy of this clone, and prints what it says once it has ended. Without a closing line, that is a failure. */
async function runBeside(names: readonly string[]): Promise<Outcome> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-e2e-"));
  try {
    await copyProgram(directory);
    const program = path.join(directory, path.relative(path.resolve(__dirname, "../.."), __filename));
    const { all } = await execa(process.execPath, [...process.execArgv, program, BESIDE, ...names], {
      cwd: directory,
      all: true,
      reject: false,
      stdin: "ignore",
    });
    const lines = all.split("\n");
    const [, passed = 0, failed = 1] = /^(\d+) passed, (\d+) failed/.exec(lines.pop() ?? "") ?? [];
    console.log(lines.join("\n"));
    const skipped = lines.flatMap((line) => (line.startsWith(SKIPPED) ? [line.slice(SKIPPED.length)] : []));
    return { passed: Number(passed), failed: Number(failed), skipped, seconds: {} };
  } finally {
    await fs.rm(directory, { recursive: true });
  }
}

/** In that copy. */
async function beside(names: readonly string[]): Promise<never> {
  const made = ok(npm("up")).then(() => run(names.map(fileOf)));
  return summarise([await made.finally(() => ok(npm("down")))]);
}

void main(process.argv.slice(2));
