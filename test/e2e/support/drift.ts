import assert from "node:assert/strict";
import { execa } from "execa";
import type { Check, DriftReport, Finding } from "../../../cli/drift/types";
import { holds, timedUp } from "./clock";
import { npm, ROOT, transcripts } from "./commands";
import { STACK } from "./place";

/** How long CloudNativePG may take over what a command asked of it: it tries again what failed every 30 s. */
const MENDED_WITHIN_SECONDS = 120;

/** The report, from JSON; `expected` is the exit code. */
export async function drift(expected: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<DriftReport> {
  const run = await execa("node", ["cli/bin.cjs", "drift", "--stack", STACK, "-o", "json", ...args], {
    cwd: ROOT,
    reject: false,
    env: { KUBECONFIG: undefined, ...env },
  });
  transcripts.push(run.stdout, run.stderr);
  assert.equal(run.exitCode, expected, `${run.stdout}\n${run.stderr}`);
  return JSON.parse(run.stdout) as DriftReport;
}

export const kinds = (findings: readonly Finding[]): (Check | `${string} ${Check}`)[] =>
  findings.map(({ service, check }) => (service === null ? check : (`${service} ${check}` as const)));

/** Runs what the findings say mends them, in their order, each once, and wants nothing to be found afterwards. */
export async function mend(findings: readonly Finding[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  await runMending(findings, env);
  await clean("after mending");
}

/** Runs what the findings say mends them, in their order, each once. */
export async function runMending(findings: readonly Finding[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  for (const command of new Set(findings.map((finding) => finding.mend))) {
    const run = () =>
      execa("bash", ["-c", command], {
        cwd: ROOT,
        all: true,
        reject: false,
        input: "",
        env: { KUBECONFIG: undefined, ...env },
      });
    const { all, exitCode } = await (/ up( |$)/.test(command) ? timedUp(run) : run());
    transcripts.push(all);
    assert.equal(exitCode, 0, `${command}\n${all}`);
  }
}

/** CloudNativePG's status can be older than its last change; this finding's command has it look again. */
const LOOK_AGAIN = /^ +fix: +(npm run kubectl -- annotate .* cnpg-credentials\/reconciliation-requested=.*)$/gm;

/** Waits until nothing is found. */
export async function clean(when: string): Promise<void> {
  const once = async () => {
    const { code, text } = await npm("drift");
    for (const [, command] of text.matchAll(LOOK_AGAIN))
      await execa("bash", ["-c", command!], { cwd: ROOT, env: { KUBECONFIG: undefined } });
    assert.equal(code, 0, `${when}, exit ${code}:\n${text}`);
  };
  await holds(once, { seconds: MENDED_WITHIN_SECONDS, everyMs: 1000 });
}
