import * as fs from "node:fs/promises";
import { problemsBeside, select } from "../../catalog/select";
import { loadStackFile } from "../../config/file";
import { withPlaces } from "../../config/places";
import { describeProblems } from "../../config/problem";
import { visibleJson } from "../../config/visible";
import { agesOf, overdue } from "./ages";
import { compareLive } from "./compareLive";
import { comparePages, pathsOf, writePages } from "./committed";
import { compareRepository } from "./compareRepository";
import { listDifferences, verdict } from "./findings";
import { lookAtCluster } from "./live";
import { renderHtml } from "./htmlPage";
import { renderMarkdown } from "./markdown";
import { renderMermaid } from "./mermaid";
import { programInventory } from "./program";
import { readRepository, type RepositoryFacts } from "./repository";
import type { Inventory, InventoryReport } from "./types";
import { connect } from "../../kube/client";
import { asked } from "../shared/askCluster";
import { FixableError } from "../../config/fixableError";
import { here } from "../shared/here";
import { projectDirectory } from "../stack/project";

export interface InventoryArgs {
  stack: string;
  /** The file with its configuration. */
  file: string;
  /** The cluster to compare with. */
  target?: { kubeconfig?: string; context?: string };
  /** Files and directories to compare with. */
  repo: readonly string[];
}

/** The command line. */
export interface InventoryOptions {
  stack: string;
  live?: true;
  repo?: string[];
  output: "md" | "html" | "json" | "mermaid";
  check?: true;
  write?: true;
}

export interface InventoryResult {
  /** What is committed. */
  readonly program: Inventory;
  /** Absent where there was nothing to compare with. */
  readonly report?: InventoryReport;
}

/**
 * Every Secret of a stack, by the program; and where the cluster or files have it otherwise. Changes nothing, and keeps no value.
 *
 * @throws FixableError naming every problem of the configuration and of the paths, or when the cluster cannot be asked
 */
export async function inventory({ stack, file, target, repo }: InventoryArgs): Promise<InventoryResult> {
  const program = await readProgram(stack, file);
  const files = repo.length === 0 ? undefined : readRepository(repo, here());
  const problems = [program, files].flatMap((one) => (one && "problems" in one ? one.problems : []));
  if ("problems" in program || (files && "problems" in files))
    throw new FixableError(describeProblems(`Inventory of stack ${stack}`, problems));
  if (target === undefined && files === undefined) return { program };
  return { program, report: await compare(program, target, files) };
}

async function readProgram(
  stack: string,
  file: string,
): Promise<Inventory | Extract<Awaited<ReturnType<typeof select>>, { problems: unknown }>> {
  const loaded = await loadStackFile(file, stack);
  const chosen = "problems" in loaded ? loaded.rest : loaded.stack;
  const selected = chosen && ("problems" in loaded ? { problems: await problemsBeside(chosen, loaded.problems) } : await select(chosen));
  if ("stack" in loaded && selected && !("problems" in selected)) return programInventory(loaded.stack, selected);
  const found = [...("problems" in loaded ? loaded.problems : []), ...(selected && "problems" in selected ? selected.problems : [])];
  return { problems: withPlaces(found, `Pulumi.${stack}.yaml`, await fs.readFile(file, "utf8").catch(() => "")) };
}

async function compare(program: Inventory, target: InventoryArgs["target"], files: RepositoryFacts | undefined): Promise<InventoryReport> {
  const live = target && (await look(program, target));
  const inCluster = live && compareLive(program, live);
  const inFiles = files && compareRepository(program, files);
  const now = new Date();
  const ages = live && agesOf(program, live, now);
  return {
    ...program,
    ...(ages === undefined ? {} : { lookedAt: now.toISOString(), ages }),
    others: [
      ...(inCluster?.others ?? []).map((one) => ({ ...one, source: "cluster" as const })),
      ...(inFiles?.others ?? []).map((one) => ({ ...one, source: "repository" as const })),
    ],
    differences: [...(inCluster?.differences ?? []), ...(inFiles?.differences ?? [])],
    notes: [...(inCluster?.notes ?? []), ...(ages === undefined ? [] : overdue(program, ages)), ...(inFiles?.notes ?? [])],
  };
}

async function look(program: Inventory, target: NonNullable<InventoryArgs["target"]>): Promise<Awaited<ReturnType<typeof lookAtCluster>>> {
  return asked(async () => {
    const { ask } = await connect(target);
    return lookAtCluster((question) => ask("GET", question), program);
  });
}

/** What is printed, the verdict for people, and 0 for as it should be, 1 for a difference or a stale page. @param root Of the repository. */
export async function conclude(
  { program, report }: InventoryResult,
  { output, check, write }: Pick<InventoryOptions, "output" | "check" | "write">,
  root = projectDirectory(),
): Promise<{ text: string; verdict: string; exitCode: 0 | 1 }> {
  const stale = check ? await comparePages(root, program) : [];
  const removed = write ? await writePages(root, program) : [];
  const differences = report?.differences ?? [];
  const remedy = `Remedy: npm run inventory -- --stack ${program.stack} --write, and commit what it writes`;
  const instead = [
    ...(check ? (stale.length === 0 ? [`${pathsOf(program)} are up to date`] : [...stale, remedy]) : []),
    ...(write ? [`${pathsOf(program)} are written: ${program.secrets.length} Secrets`, ...removed.map((file) => `${file}: removed`)] : []),
    ...(differences.length === 0 ? [] : [listDifferences(differences)]),
  ];
  return {
    text: check || write ? instead.join("\n") : render({ program, ...(report && { report }) }, output).replace(/\n$/, ""),
    verdict: report === undefined ? "" : verdict(report),
    exitCode: stale.length + differences.length > 0 ? 1 : 0,
  };
}

function render({ program, report }: InventoryResult, output: InventoryOptions["output"]): string {
  switch (output) {
    case "md":
      return renderMarkdown(program, report);
    case "html":
      return renderHtml(program, report);
    case "json":
      return visibleJson(report ?? { ...program, others: [], differences: [], notes: [] }, 2);
    case "mermaid":
      return renderMermaid(program);
  }
}
