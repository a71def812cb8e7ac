import * as fs from "node:fs/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { observe, requestReconciliation } from "../shared/observe";
import type { ServiceOutput } from "../../catalog/outputs";
import { staleSessions } from "./sessions";
import { confirm } from "../shared/confirm";
import { changeFile } from "./change";
import { runPulumi, UP, type ManagedStack } from "../stack/engine";
import { FixableError } from "../../config/fixableError";
import type { Report } from "../../lab/progress";
import { stackFile } from "../stack/stackFile";
import { openTargetStack, type Target } from "../stack/target";

/** A change of a stack's file and the `up` that follows from it. */
export interface Change {
  /** `namespace/name` */
  cluster: string;
  /** The text of the file afterwards. */
  edit: (text: string) => string;
  /** Services whose previous credential stops working with it. */
  ends: readonly (readonly [name: string, output: ServiceOutput])[];
  /** What is asked before it is applied: where, and what changes. */
  question: string;
  /** Where pulumi's output goes. */
  output: "inherit" | "stderr";
  /** Without asking. */
  yes: boolean;
  /** Although somebody is still logged in with what stops working. */
  force: boolean;
}

/**
 * Changes a stack's file, shows what would come of it, asks, and brings the stack up: what `pulumi
 * config set`, `pulumi preview` and `pulumi up` do. The file is left as it was when the answer is
 * no; when the `up` fails it is left changed, so that the next `up` goes on.
 *
 * @returns the exit code: that of pulumi, or 2 when it was not to be
 */
export async function applyChange(
  report: Report,
  target: Target,
  stack: string,
  { cluster, edit, ends, question, output, yes, force }: Change,
): Promise<number> {
  if (!force) await refuseInUse(target, stack, cluster, ends);
  let changed: ManagedStack;
  return changeFile(stackFile(stack), edit, {
    preview: async () => runPulumi((changed = await openTargetStack(report, target, stack)), ["preview"], { output }),
    agreed: async () => yes || (await confirm(question)),
    up: async () => {
      const exitCode = await runPulumi(changed, UP, { output });
      if (exitCode === 0) await lookAgain(target.config, cluster, ends);
      return exitCode;
    },
  });
}

/**
 * Has CloudNativePG look at inline roles when logins have ended: a program that had one of them may
 * have changed another's password meanwhile. Of a DatabaseRole it takes nothing back.
 */
export async function lookAgain(config: KubeConfig, cluster: string, ends: Change["ends"]): Promise<void> {
  if (ends.some(([, { roleObject }]) => roleObject === undefined)) await requestReconciliation(config, cluster);
}

/**
 * Writes a change into a stack's file and goes no further: a pull request shows it, and the `up`
 * after its merge makes it.
 */
export async function writeChange(
  { config }: Pick<Target, "config">,
  { stack, file }: { readonly stack: string; readonly file: string },
  { cluster, edit, ends, force }: Pick<Change, "cluster" | "edit" | "ends" | "force">,
): Promise<void> {
  if (!force) await refuseInUse({ config }, stack, cluster, ends);
  await fs.writeFile(file, edit(await fs.readFile(file, "utf8")));
}

/**
 * Sessions outlive the right to log in, and a program that holds one would find out at its next
 * login.
 */
async function refuseInUse(target: Pick<Target, "config">, stack: string, cluster: string, ends: Change["ends"]): Promise<void> {
  if (ends.every(([, { previous }]) => previous === undefined)) return;
  const { primary } = await observe(target.config, cluster, Object.fromEntries(ends));
  if (primary === undefined)
    throw new FixableError(`${cluster} has no primary`, `\`cnpg-credentials status --stack ${stack}\` says what it waits for`);
  const open = await staleSessions(target.config, cluster, primary, ends);
  if (open.length === 0) return;
  const lines = open.map(({ service, role, count }) => `  ${service}: ${count} session${count === 1 ? "" : "s"} of ${role}`);
  throw new FixableError(
    `the previous credential is still in use\n${lines.join("\n")}`,
    "restart what holds it, so that it reads its Secret again; `--force` goes on regardless",
  );
}
