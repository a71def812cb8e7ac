import * as path from "node:path";
import { execa } from "execa";

export const ROOT = path.resolve(__dirname, "../../..");

export interface Ran {
  code: number;
  /** Standard output and error, as a terminal would show them. */
  text: string;
}

/** Everything that any command has printed in this run: what `leaks` searches. */
export const transcripts: string[] = [];

/** Runs one of the project's npm scripts as a user would. */
export async function npm(
  script: string,
  args: readonly string[] = [],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Ran> {
  const run = await execa("npm", ["run", "--silent", script, "--", ...args], {
    cwd: ROOT,
    all: true,
    reject: false,
    input: "",
    ...options,
    env: { KUBECONFIG: undefined, ...options.env },
  });
  transcripts.push(run.all);
  return { code: run.exitCode ?? -1, text: run.all };
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
