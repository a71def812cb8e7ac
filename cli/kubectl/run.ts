import { execa } from "execa";
import { kubectlPath } from "../../lab/toolchain";
import type { Target } from "../stack/target";

/** Runs kubectl on a target with the terminal's own input and output. Returns its exit code. */
export async function kubectl(target: Target, args: readonly string[]): Promise<number> {
  const { exitCode } = await execa(await kubectlPath(), ["--context", target.context, ...args], {
    env: { KUBECONFIG: target.kubeconfig },
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 2;
}
