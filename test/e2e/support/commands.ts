import * as path from "node:path";
import { execa } from "execa";
import { scripts } from "../../../package.json";
import { timedUp } from "./clock";
import { STACK } from "./place";

export const ROOT = path.resolve(__dirname, "../../..");

export interface Ran {
  code: number;
  /** Standard output and error, as a terminal would show them. */
  text: string;
}

/** Commands that are about a stack, and are told which. */
const OF_A_STACK = /^(up|status|drift|inspect|smoke|inventory|rbac|review|migrate|pulumi|kubectl|psql|rotate|retire)$/;

/** Everything that any command has printed in this process: no Secret's value may be in it. */
export const transcripts: string[] = [];

/** npm's scripts that are another name of a command: npm itself takes a quarter of a second for each. */
const COMMANDS = new Set(
  Object.entries(scripts).flatMap(([script, command]) => (command === `node cli/bin.cjs ${script}` ? [script] : [])),
);

/**
 * Runs one of the project's npm scripts, on the stack of this file's tests unless `args` name
 * another. In another clone npm runs it; here, what npm would run.
 */
export async function npm(
  script: string,
  args: readonly string[] = [],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Ran> {
  const isNamed = STACK === "dev" || options.cwd !== undefined || args.includes("--stack") || !OF_A_STACK.test(script);
  const all = [...(isNamed ? [] : ["--stack", STACK]), ...args];
  const isUp = script === "up" || (script === "pulumi" && args.includes("up"));
  return isUp ? await timedUp(() => run(script, all, options)) : await run(script, all, options);
}

async function run(
  script: string,
  args: readonly string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string },
): Promise<Ran> {
  const isDirect = options.cwd === undefined && COMMANDS.has(script);
  const [program, ...words] = isDirect ? ["node", "cli/bin.cjs", script] : ["npm", "run", "--silent", script, "--"];
  const ran = await execa(program, [...words, ...args], {
    cwd: ROOT,
    all: true,
    reject: false,
    input: "",
    ...options,
    env: { KUBECONFIG: undefined, ...options.env },
  });
  transcripts.push(ran.all);
  return { code: ran.exitCode ?? -1, text: ran.all };
}

/** Runs pulumi on the lab's stack; what `npm run pulumi` does, with the output kept. */
export const pulumi = (...args: string[]): Promise<Ran> => npm("pulumi", args);

/** What a command has printed as JSON, of all that it printed. */
export const json = <T>(text: string): T => JSON.parse(text.slice(text.indexOf("{\n"), text.lastIndexOf("\n}") + 2)) as T;

/** Runs a command and wants it to succeed. */
export async function ok(run: Promise<Ran>): Promise<string> {
  const { code, text } = await run;
  if (code !== 0) throw new Error(`exit ${code}:\n${text}`);
  return text;
}
