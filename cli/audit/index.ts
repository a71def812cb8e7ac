import { findFiles, type ManifestFile } from "../../manifests/files";
import { parseDocuments, type Unparsable } from "../../manifests/parse";
import { lineCounter, readText } from "../../manifests/text";
import { applyBaseline, type Baseline } from "./baseline";
import { findCredentials } from "../../manifests/credentials/credentials";
import { addManifest, addReference, noFacts, type Facts } from "../../manifests/objects/facts";
import { judgeLiteral } from "./judge";
import { ownSecrets, ownStores } from "./programSecrets";
import { matchPatterns } from "../../manifests/credentials/patterns";
import { rules } from "./rules";
import type { Region, Scope } from "../../manifests/objects/types";
import type { Finding, Hit } from "./finding";
import { visit } from "../../manifests/objects/visit";
import { compareText } from "../shared/sort";

export interface AuditArgs {
  paths: readonly string[];
  /** What paths are relative to, and the names of files in findings. */
  directory: string;
  baseline?: Baseline;
  /** `2030-01-31` */
  today: string;
}

/** What `npm run audit` says; `-o json` prints it as it is. Fields are added, never changed, while `schema` stays. */
export interface AuditReport {
  schema: 1;
  clean: boolean;
  /** In the order of files and lines. */
  findings: readonly Finding[];
  /** How many the baseline accepts. */
  accepted: number;
  /** What is no YAML, and was only looked through for credentials, line by line. */
  unparsable: readonly { file: string; line: number; reason: string }[];
  files: number;
  seconds: number;
}

/**
 * Looks through the YAML, JSON and templates below some paths. Changes nothing, and keeps no value.
 * @throws Error of the file system, where a path is not there
 */
export function audit({ paths, directory, baseline, today }: AuditArgs): AuditReport {
  const started = performance.now();
  const run = new Run(baseline);
  for (const file of findFiles(paths, directory)) run.file(file);
  const { findings, accepted } = applyBaseline(run.finish(), baseline, today);
  return {
    schema: 1,
    clean: findings.length === 0,
    findings,
    accepted,
    unparsable: run.unparsable,
    files: run.files,
    seconds: Math.round((performance.now() - started) / 10) / 100,
  };
}

class Run {
  readonly unparsable: AuditReport["unparsable"][number][] = [];
  files = 0;
  private readonly findings: Finding[] = [];
  private readonly facts: Facts;

  constructor(baseline: Baseline | undefined) {
    this.facts = {
      ...noFacts(),
      provided: [...ownSecrets(), ...(baseline?.secrets ?? [])],
      stores: [...ownStores(), ...(baseline?.stores ?? [])],
    };
  }

  file(file: ManifestFile): void {
    this.files++;
    const read = readText(file.path);
    if ("reason" in read) return void this.unparsable.push({ file: file.name, line: 1, reason: read.reason });
    const { text } = read;
    const lineOf = lineCounter(text);
    const hasPatterns = matchPatterns(text).length > 0;
    if (!file.isDocument) return this.lines(file, { line: 1, reason: "", text }, lineOf, 0, hasPatterns);
    const { documents, unparsable } = parseDocuments(text);
    const scope: Scope = { file: file.name, chart: file.chart, lineOf };
    for (const document of documents)
      visit(document, file.role, scope, {
        manifest: (manifest) => {
          addManifest(this.facts, manifest);
          for (const rule of rules) if (rule.ofManifest) this.report(rule.id, rule.ofManifest(manifest));
        },
        literal: (literal) => this.report(RULE_OF[literal.region], judgeLiteral(literal, hasPatterns)),
        reference: (reference) => addReference(this.facts, reference),
      });
    for (const part of unparsable) {
      this.unparsable.push({ file: file.name, line: part.line, reason: part.reason });
      this.lines(file, part, lineOf, part.start, hasPatterns);
    }
  }

  /** What is no document: every line that gives a name a literal. */
  private lines(
    file: ManifestFile,
    { text }: Pick<Unparsable, "text" | "line" | "reason">,
    lineOf: (place: number) => number,
    offset: number,
    hasPatterns: boolean,
  ): void {
    const isSealed = /^kind:\s*SealedSecret\s*$/m.exec(text);
    if (isSealed)
      this.report("sealed-secret", [
        {
          file: file.name,
          line: lineOf(offset + isSealed.index),
          field: "SealedSecret",
          why: "a Secret is authored in the repository, sealed",
        },
      ]);
    const region: Region = file.role === "values" ? "values" : /^kind:\s*Secret\s*$/m.test(text) ? "secret" : "elsewhere";
    for (const { credential, start, name, isWord } of findCredentials("", text, { patterns: hasPatterns }))
      if (!isWord)
        this.report(RULE_OF[region], [{ file: file.name, line: lineOf(offset + start), field: name, why: `it is ${credential.why}` }]);
  }

  finish(): Finding[] {
    for (const rule of rules) if (rule.ofFacts) this.report(rule.id, rule.ofFacts(this.facts));
    const order = new Map(rules.map(({ id }, index) => [id, index]));
    return this.findings.sort(
      (a, b) => compareText(a.file, b.file) || a.line - b.line || order.get(a.rule)! - order.get(b.rule)! || compareText(a.field, b.field),
    );
  }

  private report(id: string, hits: Iterable<Hit>): void {
    const { remedy } = rules.find((rule) => rule.id === id)!;
    for (const hit of hits)
      this.findings.push({ file: hit.file, line: hit.line, rule: id, field: hit.field, why: hit.why, remedy: hit.remedy ?? remedy });
  }
}

/** The rule for the literals of a region. */
const RULE_OF = Object.fromEntries(rules.flatMap(({ id, region }) => (region === undefined ? [] : [[region, id]]))) as Record<
  Region,
  string
>;
