import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Check, DriftReport, Finding } from "../../../cli/drift/types";
import { npm, ROOT, transcripts } from "./commands";

/** How long CloudNativePG may take over what a command asked of it: it tries again what failed every 30 s. */
const MENDED_WITHIN_MS = 90_000;

/** The report, from JSON; `expected` is the exit code. */
export async function drift(expected: number, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<DriftReport> {
  const run = await execa("npm", ["run", "--silent", "drift", "--", "-o", "json", ...args], {
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
  for (const command of new Set(findings.map((finding) => finding.mend))) {
    const run = await execa("bash", ["-c", command], {
      cwd: ROOT,
      all: true,
      reject: false,
      input: "",
      env: { KUBECONFIG: undefined, ...env },
    });
    transcripts.push(run.all);
    assert.equal(run.exitCode, 0, `${command}\n${run.all}`);
  }
  await clean("after mending");
}

export async function clean(when: string): Promise<void> {
  const deadline = performance.now() + MENDED_WITHIN_MS;
  for (;;) {
    const { code, text } = await npm("drift");
    if (code === 0) return;
    assert.ok(code === 1 && performance.now() < deadline, `${when}, exit ${code}:\n${text}`);
    await sleep(1000);
  }
}
