import { spawn } from "node:child_process";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { stackNames } from "../support/stackFiles";
import type { Result } from "./result";
import { inputsOf, isKnownGood, remember } from "./stamps";

const ROOT = path.resolve(__dirname, "../..");

export interface Check {
  readonly title: string;
  readonly command: readonly string[];
  readonly remedy: string;
  /**
   * Paths of all that the outcome depends on, where that is known: with the same contents as when
   * it passed last, it passes.
   */
  readonly inputs?: RegExp;
}

const TYPESCRIPT = ["node", "--require", "./cli/typescript.cjs"];

/** The longest first. */
export const CHECKS: readonly Check[] = [
  {
    title: "types and lint",
    command: [...TYPESCRIPT, "test/runner/typesAndLint.ts"],
    remedy: "npm run typecheck; npm run lint",
    inputs: /\.([mc]?[jt]s|json)$/,
  },
  {
    title: "format",
    command: ["prettier", "--check", "--log-level", "warn", "--cache", "--cache-strategy", "content", "."],
    remedy: "npm run format",
  },
  {
    title: "words",
    command: [...TYPESCRIPT, "test/words/check.ts"],
    remedy: "node cli/run.cjs test/words/check.ts",
    inputs: /\.([mc]?[jt]s|md|json)$/,
  },
  ...stackNames().map((stack) => ({
    title: `inventory of ${stack}`,
    command: [...TYPESCRIPT, "cli/main.ts", "inventory", "--stack", stack, "--check"],
    remedy: `npm run inventory -- --stack ${stack} --check`,
  })),
];

export async function check({ title, command, remedy, inputs }: Check): Promise<Result> {
  const started = performance.now();
  const stamp = inputs && (await inputsOf(ROOT, inputs));
  const known = stamp !== undefined && (await isKnownGood(title, stamp));
  const { code, output } = known ? { code: 0, output: "unchanged since it passed" } : await run(command);
  if (stamp !== undefined && code === 0) await remember(title, stamp);
  const ok = code === 0;
  return {
    title,
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: [],
    seconds: (performance.now() - started) / 1000,
    output: ok ? output.trim() : `${output}\n${title}: \`${remedy}\` repeats it`,
  };
}

async function run([name = "", ...args]: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(path.join(ROOT, "node_modules/.bin", name), args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve)),
  ]);
  return { code, output: `${output}${errors}` };
}
