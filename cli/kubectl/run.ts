import { devNull } from "node:os";
import { execa } from "execa";
import { kubectlPath } from "../../lab/toolchain";
import type { Target } from "../stack/target";

/** Runs kubectl on a target with the terminal's own input and output. Returns its exit code. */
export async function kubectl(target: Target, args: readonly string[]): Promise<number> {
  // In a pod, with its own account, there is no kubeconfig and no context in it.
  const context = target.kubeconfig === devNull ? [] : ["--context", target.context];
  const { exitCode } = await execa(await kubectlPath(), [...context, ...args], {
    env: { KUBECONFIG: target.kubeconfig },
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}
