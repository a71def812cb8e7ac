import { execa } from "execa";
import { observe, reapedCpu, type Seen } from "./processes";

const SAMPLE_MS = 50;

/** One run of a command, as a whole: the process and everything that it started. */
export interface Run {
  wall: number;
  /**
   * CPU seconds of the whole tree, from the kernel's account of the descendants that this process has waited for. Whatever a parent did not wait for
   * is missing from that, so it is never less than what was seen of the single processes.
   */
  cpu: number;
  processes: readonly Seen[];
  output: string;
}

interface Options {
  cwd: string;
  env?: NodeJS.ProcessEnv;
}
type Command = readonly [string, ...string[]];

/**
 * Runs a command. Nothing else may be started meanwhile: its CPU time would be counted too.
 *
 * @throws Error with what the command said, when it fails
 */
export async function measure(command: Command, options: Options): Promise<Run> {
  const seen = new Map<number, Seen>();
  const before = reapedCpu();
  const { wall, output } = await run(command, options, (pid) => observe(pid, seen));
  const processes = [...seen.values()];
  const sampled = processes.reduce((sum, one) => sum + one.cpu, 0);
  return { wall, cpu: Math.max(reapedCpu() - before, sampled), processes, output };
}

/**
 * Runs a command that leaves processes behind, of which only the time can be told.
 *
 * @returns seconds
 * @throws Error with what the command said, when it fails
 */
export async function timed(command: Command, options: Options): Promise<number> {
  return (await run(command, options, () => undefined)).wall;
}

async function run([file, ...args]: Command, options: Options, look: (pid: number) => void): Promise<{ wall: number; output: string }> {
  const started = performance.now();
  const child = execa(file, args, { ...options, stdin: "ignore", all: true, reject: false });
  const clock = setInterval(() => look(child.pid!), SAMPLE_MS);
  const { all: output, exitCode, signal } = await child;
  clearInterval(clock);
  const wall = (performance.now() - started) / 1000;
  if (exitCode !== 0) throw new Error(`${[file, ...args].join(" ")} ended with ${exitCode ?? signal}:\n${output}`);
  return { wall, output };
}
