import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { audit, auditTraced, type Audited, type AuditReport } from "../../cli/audit";
import type { Finding } from "../../cli/audit/finding";
import type { Baseline } from "../../cli/audit/baseline";

const CORPUS = path.join(__dirname, "../cli/audit/corpus");

/**
 * Both parts of the corpus: the one that the rules were written with, and the one that was written
 * when they were done.
 */
export const PARTS = ["dev", "heldout"] as const;
export type Part = (typeof PARTS)[number];

export const TODAY = "2030-01-31";

/** The report of files that are given by their names and texts. */
export function auditFiles(files: Readonly<Record<string, string | Uint8Array>>, baseline?: Baseline): AuditReport {
  return auditTracedFiles(files, baseline).report;
}

/** The same, with what a baseline is written from. */
export function auditTracedFiles(files: Readonly<Record<string, string | Uint8Array>>, baseline?: Baseline): Audited {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "audit-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      fs.writeFileSync(path.join(directory, name), text);
    }
    return auditTraced({ paths: ["."], directory, today: TODAY, ...(baseline && { baseline }) });
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** Each place of a finding, `file:line rule`: one entry for several places counts as many. */
export function placesOf({ rule, also, ...first }: Finding): string[] {
  return [first, ...(rule.startsWith("literal-") ? also : [])].map(({ file, line }) => `${file}:${line} ${rule}`);
}

export function corpusOf(part: Part): string {
  return path.join(CORPUS, part);
}

export function auditCorpus(part: Part): AuditReport {
  return audit({ paths: ["."], directory: corpusOf(part), root: corpusOf(part), today: TODAY });
}

/** What is to be found in a part of the corpus: `file:line rule`. */
export function labelsOf(part: Part): string[] {
  const files = parse(fs.readFileSync(`${corpusOf(part)}.labels.yaml`, "utf8")) as Record<string, Record<string, string>[]>;
  return Object.entries(files).flatMap(([file, labels]) =>
    labels.flatMap((label) => Object.entries(label).map(([line, rule]) => `${file}:${line} ${rule}`)),
  );
}

export interface Score {
  labels: number;
  found: number;
  /** Labels that were not found, and findings that are no label. */
  missed: string[];
  extra: string[];
  precision: number;
  recall: number;
}

export function score(part: Part): Score {
  const extra = auditCorpus(part).findings.flatMap(placesOf);
  const labels = labelsOf(part);
  const found = extra.length;
  const missed = labels.filter((label) => {
    const index = extra.indexOf(label);
    if (index >= 0) extra.splice(index, 1);
    return index < 0;
  });
  const right = labels.length - missed.length;
  return { labels: labels.length, found, missed, extra, precision: right / found, recall: right / labels.length };
}
