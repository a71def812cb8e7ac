import { devNull } from "node:os";
import type { Writable } from "node:stream";
import { execa } from "execa";
import { kubectlPath } from "../../lab/toolchain";
import type { Target } from "../stack/target";

/**
 * Runs kubectl on a target with the terminal's own input and output. Returns its exit code.
 *
 * @param first what its input begins with, before this process's own: a terminal's is left alone
 */
export async function kubectl(target: Target, args: readonly string[], first?: string): Promise<number> {
  // In a pod, with its own account, there is no kubeconfig and no context in it.
  const context = target.kubeconfig === devNull ? [] : ["--context", target.context];
  const run = execa(await kubectlPath(), [...context, ...args], {
    env: { KUBECONFIG: target.kubeconfig },
    stdin: first === undefined ? "inherit" : "pipe",
    stdout: "inherit",
    stderr: "inherit",
    reject: false,
  });
  if (first !== undefined) feed(run.stdin!, first);
  const { exitCode } = await run;
  // A pipe that nobody closes would keep this process.
  if (first !== undefined) process.stdin.destroy();
  return exitCode ?? 2;
}

function feed(input: Writable, first: string): void {
  // It ends before its input where a statement has failed.
  input.on("error", () => undefined);
  input.write(first);
  if (process.stdin.isTTY) input.end();
  else process.stdin.pipe(input);
}
