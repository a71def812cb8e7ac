import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import type { AuditReport } from "../../cli/audit";
import { REPOSITORY } from "../../lab/paths";
import type { Report } from "../../lab/progress";
import { ensureGitleaks } from "../../lab/toolchain";
import { corpusOf, labelsOf, PARTS, score, type Part } from "../support/audited";
import { COUNT, makeManifests } from "./auditTree";
import { WORKSPACE } from "./clone";
import { figure, type Figure } from "./figures";
import { measure, type Run } from "./measure";

const PART = "audit";
/** A thousand files a second. */
const GOAL_MS = 1;

/** The audit of a large tree of manifests and templates, and of its corpus; gitleaks with its default rules does the same. */
export async function* measureAudit(report: Report, runs: number): AsyncGenerator<Figure> {
  const { program, version } = await ensureGitleaks(report);
  const directory = path.join(WORKSPACE, "manifests");
  try {
    const bytes = await report.step(`${COUNT} manifests`, () => makeManifests(directory));
    const audits = await report.step("Audits", () => repeat(runs, () => auditOnce(directory)));
    const scans = await report.step("gitleaks", () =>
      repeat(runs, () => measure(gitleaks(program, directory, path.join(WORKSPACE, "report.json")), { cwd: directory })),
    );
    yield figure(PART, "files", "count", [COUNT]);
    yield figure(PART, "size", "MB", [bytes]);
    yield figure(
      PART,
      "time a file",
      "ms",
      audits.map(({ wall }) => wall / COUNT),
      GOAL_MS,
    );
    yield figure(
      PART,
      "CPU a file",
      "ms",
      audits.map(({ cpu }) => cpu / COUNT),
      GOAL_MS,
    );
    yield figure(
      PART,
      "peak memory",
      "MB",
      audits.map(({ processes }) => Math.max(...processes.map(({ peak }) => peak))),
    );
    yield figure(
      PART,
      `gitleaks ${version}: CPU a file`,
      "ms",
      scans.map(({ cpu }) => cpu / COUNT),
    );
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
  for (const part of PARTS) yield* compare(program, part);
}

/** @throws Error when it finds something where nothing is, or misses files */
async function auditOnce(directory: string): Promise<Run> {
  const command = [
    process.execPath,
    path.join(REPOSITORY, "cli/run.cjs"),
    path.join(REPOSITORY, "cli/main.ts"),
    "audit",
    ".",
    "-o",
    "json",
  ] as const;
  const run = await measure(command, { cwd: REPOSITORY, env: { ...process.env, INIT_CWD: directory } });
  const { files, unparsable } = JSON.parse(run.output) as AuditReport;
  if (files !== COUNT || unparsable.length > 0)
    throw new Error(`the audit looked at ${files} of ${COUNT} files, and could not parse ${unparsable.length}`);
  return run;
}

/** Precision and recall; of credentials alone too, which is all that gitleaks looks for. */
async function* compare(program: string, part: Part): AsyncGenerator<Figure> {
  const ours = score(part);
  yield figure(PART, `corpus ${part}: precision`, "ratio", [ours.precision]);
  yield figure(PART, `corpus ${part}: recall`, "ratio", [ours.recall]);
  const isCredential = (one: string) => / literal-/.test(one);
  const labels = labelsOf(part).filter(isCredential);
  const missed = ours.missed.filter(isCredential).length;
  yield figure(PART, `corpus ${part}, credentials: precision`, "ratio", [
    (labels.length - missed) / (labels.length - missed + ours.extra.filter(isCredential).length),
  ]);
  yield figure(PART, `corpus ${part}, credentials: recall`, "ratio", [(labels.length - missed) / labels.length]);
  const places = labels.map((label) => /^(.*):(\d+) /.exec(label)!).map(([, file, line]) => ({ file: file!, line: Number(line) }));
  const theirs = await scan(program, part);
  // Its rule for whole Secrets names their lines from first to last; each of them counts as said.
  const covers = (one: Leak, { file, line }: (typeof places)[number]) => one.File === file && one.StartLine <= line && line <= one.EndLine;
  const right = theirs.filter((one) => places.some((place) => covers(one, place))).length;
  yield figure(PART, `corpus ${part}, credentials: gitleaks' precision`, "ratio", [right / theirs.length]);
  yield figure(PART, `corpus ${part}, credentials: gitleaks' recall`, "ratio", [
    places.filter((place) => theirs.some((one) => covers(one, place))).length / places.length,
  ]);
}

interface Leak {
  File: string;
  StartLine: number;
  EndLine: number;
}

async function scan(program: string, part: Part): Promise<Leak[]> {
  const file = path.join(WORKSPACE, `gitleaks-${part}.json`);
  await fs.mkdir(WORKSPACE, { recursive: true });
  const [command, ...args] = gitleaks(program, ".", file);
  await execa(command, args, { cwd: corpusOf(part) });
  return JSON.parse(await fs.readFile(file, "utf8")) as Leak[];
}

function gitleaks(program: string, directory: string, report: string): [string, ...string[]] {
  return [program, "dir", directory, "--no-banner", "--redact", "--exit-code", "0", "--log-level", "error", "-f", "json", "-r", report];
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let time = 0; time < times; time++) results.push(await work());
  return results;
}
