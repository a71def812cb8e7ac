import * as fs from "node:fs";
import * as path from "node:path";
import { findFiles, type ManifestFile } from "../../manifests/files";
import { parseDocuments, unparsableIn, type Unparsable } from "../../manifests/parse";
import { lineCounter, readText } from "../../manifests/text";
import { applyBaseline, type Baseline } from "./baseline";
import { findCredentials, isGivenByDefault } from "../../manifests/credentials/credentials";
import { addManifest, addReference, noFacts, type Facts } from "../../manifests/objects/facts";
import { fingerprints, type Traced } from "./fingerprint";
import { isCommented, isYaml, judgeLiteral } from "./judge";
import { weigh } from "./weight";
import { madeInText, type Makers } from "../../manifests/objects/makers";
import { ownSecrets, ownStores } from "./programSecrets";
import { matchPatterns } from "../../manifests/credentials/patterns";
import { isSaidToBeFake, isSampleFile } from "./samples";
import { rules } from "./rules";
import type { Region, Scope } from "../../manifests/objects/types";
import { LeadReader } from "../../manifests/objects/leads";
import { Namespaces } from "../../manifests/namespaces";
import { objectName } from "../../manifests/named";
import { isAtLeast, LEVELS, type Finding, type Hit, type Level } from "./finding";
import { visit } from "../../manifests/objects/visit";
import { compareText, groupBy } from "../shared/sort";

export interface AuditArgs {
  paths: readonly string[];
  /** What paths are relative to, and the names of files in findings. */
  directory: string;
  baseline?: Baseline;
  /** Who makes Secrets. @default the table that comes with the program */
  makers?: Makers;
  /** What SARIF and the baseline name files from. @default the repository that each file is in */
  root?: string;
  /** Only these rules are told. @default all */
  rules?: readonly string[];
  /** Whether nothing is told of a file. What it makes counts all the same. */
  isExcluded?: (file: string, path: string) => boolean;
  /** `2030-01-31` */
  today: string;
}

/** What `npm run audit` says; `-o json` prints it as it is. Fields are added, never changed, while `schema` stays. */
export interface AuditReport {
  schema: 2;
  clean: boolean;
  /** How many of each weight. */
  levels: Readonly<Record<Level, number>>;
  /** How many of each rule that found something, the heaviest first. */
  rules: readonly { rule: string; level: Level; findings: number; files: number }[];
  /** In the order of files and lines. */
  findings: readonly Finding[];
  /** How many the baseline accepts. */
  accepted: number;
  /** How many of its entries accept nothing any more. */
  unused: number;
  /** What is no YAML, and was only looked through for credentials, line by line. */
  unparsable: readonly { file: string; line: number; reason: string }[];
  files: number;
}

/** The report, and what a baseline is written from: that has values, and is not printed. */
export interface Audited {
  report: AuditReport;
  traced: readonly Traced[];
  /** Each place by itself, before several become one entry: a baseline accepts places. */
  each: readonly Traced[];
  /** The file of each finding, from its repository's root, in their order. */
  rooted: readonly string[];
}

/**
 * Looks through the YAML, JSON and templates below some paths. Changes nothing, and keeps no value.
 * @throws Error of the file system, where a path is not there
 */
export function audit(args: AuditArgs): AuditReport {
  return auditTraced(args).report;
}

export function auditTraced({ paths, directory, baseline, makers, root, today, ...choice }: AuditArgs): Audited {
  const run = new Run(directory, baseline, makers, root);
  for (const file of findFiles(paths, directory)) run.file(file);
  const all = run.finish();
  const { findings, accepted, unused } = applyBaseline(all, baseline, today);
  const each = findings.filter(
    ({ rule, file, path: rooted }) => (choice.rules?.includes(rule) ?? true) && !(choice.isExcluded?.(file, rooted) ?? false),
  );
  const told = grouped(each);
  const named = fingerprints(told);
  const report: AuditReport = {
    schema: 2,
    clean: told.length === 0,
    levels: Object.fromEntries(LEVELS.map((level) => [level, told.filter((one) => one.level === level).length])) as Record<Level, number>,
    rules: countRules(told),
    findings: told.map(({ file, line, rule, level, field, why, remedy, also }, index) => ({
      file,
      line,
      rule,
      level,
      field,
      why,
      remedy,
      fingerprint: named[index]!,
      also,
    })),
    accepted,
    // Of a part, nobody can tell.
    unused: choice.rules === undefined && choice.isExcluded === undefined ? unused : 0,
    unparsable: run.unparsable,
    files: run.files,
  };
  return { report, traced: told, each, rooted: told.map((one) => one.path) };
}

/** One finding for what is of one group: where it comes first, with its other places. */
function grouped(findings: readonly Traced[]): Traced[] {
  const known = new Map<string, Traced>();
  return findings.flatMap((finding) => {
    const { rule, level, group, file, line, field } = finding;
    if (group === undefined) return [finding];
    const key = `${rule}\0${level}\0${group}`;
    const first = known.get(key);
    if (first === undefined) {
      const one = { ...finding, also: [...finding.also] };
      known.set(key, one);
      return [one];
    }
    first.also.push({ file, line, field }, ...finding.also);
    return [];
  });
}

function countRules(findings: readonly Traced[]): AuditReport["rules"] {
  const byRule = groupBy(findings, ({ rule, level }) => `${level} ${rule}`);
  return [...byRule.values()]
    .map((of) => {
      const { rule, level } = of[0]!;
      return { rule, level, findings: of.length, files: new Set(of.map(({ file }) => file)).size };
    })
    .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.findings - a.findings || compareText(a.rule, b.rule));
}

class Run {
  readonly unparsable: AuditReport["unparsable"][number][] = [];
  files = 0;
  private readonly findings: Traced[] = [];
  private readonly causes = new Map<string, number>();
  private readonly paths = new Map<string, string>();
  private readonly facts: Facts;
  private readonly roots: Roots;
  private readonly leads: LeadReader;
  /** What says the namespaces of others: read when somebody asks, which is seldom. */
  private readonly builders: ManifestFile[] = [];
  private namespaces: Namespaces | undefined;

  constructor(
    private readonly directory: string,
    baseline: Baseline | undefined,
    makers: Makers | undefined,
    root: string | undefined,
  ) {
    this.roots = new Roots(directory, root);
    this.facts = {
      ...noFacts(makers),
      provided: [...ownSecrets(), ...(baseline?.secrets ?? [])],
      stores: [...ownStores(), ...(baseline?.stores ?? [])],
      builtInto: (file) => this.builtInto(file),
    };
    this.leads = new LeadReader(this.facts.makers);
  }

  file(file: ManifestFile): void {
    if (file.is !== "program") this.files++;
    const read = readText(file.path);
    if ("reason" in read) {
      if (file.is !== "program") this.unparsable.push({ file: file.name, line: 1, reason: read.reason });
      return;
    }
    const { text } = read;
    if (file.role === "kustomization" || text.includes("targetNamespace")) this.builders.push(file);
    const leads = this.leads.read(text);
    if (leads.isEmpty && file.generated === undefined) {
      if (file.is === "document")
        for (const { line, reason } of unparsableIn(text)) this.unparsable.push({ file: file.name, line, reason });
      return;
    }
    for (const name of madeInText(this.facts.makers, text))
      this.facts.provided.push({
        name: objectName(name),
        namespace: undefined,
        keys: undefined,
        chart: undefined,
        by: file.name,
        place: undefined,
      });
    if (file.is === "program") return;
    const lineOf = lineCounter(text);
    const hasPatterns = leads.mayHavePattern && matchPatterns(text).length > 0;
    if (file.is !== "document") return this.lines(file, { line: 1, reason: "", text }, lineOf, 0, hasPatterns);
    const { documents, unparsable } = parseDocuments(text);
    const scope: Scope = { file: file.name, chart: file.chart, lineOf, text, leads, isDefaults: this.hasTemplates(file) };
    // An alias and a merge show one text in several places.
    const said = new Set<string>();
    let rows: readonly string[] | undefined;
    for (const document of documents)
      visit(
        document,
        file.role,
        scope,
        {
          manifest: (manifest) => {
            addManifest(this.facts, manifest);
            for (const rule of rules) if (rule.ofManifest) this.report(rule.id, rule.ofManifest(manifest));
          },
          literal: (literal) => {
            for (const hit of judgeLiteral(literal, hasPatterns)) {
              const key = `${literal.origin} ${literal.anchorLine === undefined ? hit.line : ""}`;
              if (said.has(key)) continue;
              said.add(key);
              const isFake = hit.file === file.name && isSaidToBeFake((rows ??= text.split("\n")), hit.line);
              this.report(RULE_OF[literal.region], [isFake ? { ...hit, level: "note" } : hit]);
            }
          },
          reference: (reference) => addReference(this.facts, reference),
        },
        file.generated?.region,
      );
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
    const region: Region =
      file.generated?.region ?? (file.role === "values" ? "values" : /^kind:\s*Secret\s*$/m.test(text) ? "secret" : "elsewhere");
    const lines = new Set<string>();
    for (const found of findCredentials("", text, { patterns: hasPatterns })) {
      const { credential, start, name, isWord, value: word } = found;
      const line = lineOf(offset + start);
      if ((isWord && file.generated === undefined && !isGivenByDefault(word ?? "")) || file.role === "translation" || lines.has(`${line}`))
        continue;
      lines.add(`${line}`);
      const value = text
        .slice(text.lastIndexOf("\n", start) + 1)
        .split("\n", 1)[0]!
        .trim();
      const field = [file.generated?.of, name].filter((one) => one !== undefined && one !== "").join(" ");
      const isMade = file.generated !== undefined;
      const weighed = weigh({
        found,
        region,
        isManifest: isMade,
        isDefault: false,
        isYaml: isYaml(file.name),
        isComment: isCommented(value),
      });
      const level = credential.rule === "name" && !isMade && weighed === "error" ? "warning" : weighed;
      const place = { file: file.name, line, field: field || "text" };
      this.report(RULE_OF[region], [{ ...place, why: `it is ${credential.why}`, value, group: found.secret, level }]);
    }
  }

  finish(): Traced[] {
    for (const rule of rules) if (rule.ofFacts) this.report(rule.id, rule.ofFacts(this.facts));
    const order = new Map(rules.map(({ id }, index) => [id, index]));
    return this.findings.sort(
      (a, b) => compareText(a.file, b.file) || a.line - b.line || order.get(a.rule)! - order.get(b.rule)! || compareText(a.field, b.field),
    );
  }

  private report(id: string, hits: Iterable<Hit>): void {
    const rule = rules.find((one) => one.id === id)!;
    for (const { file, line, field, why, cause, value, group, ...hit } of hits) {
      const where = this.pathOf(file);
      const level = isSampleFile(where) ? "note" : (hit.level ?? rule.level);
      const traced: Traced = {
        file,
        line,
        field,
        rule: id,
        level,
        why,
        remedy: hit.remedy ?? rule.remedy,
        also: [],
        path: where,
        cause,
        value,
        group,
      };
      const known = cause === undefined ? undefined : this.causes.get(`${id}\0${cause}`);
      if (cause !== undefined && known === undefined) this.causes.set(`${id}\0${cause}`, this.findings.length);
      if (known === undefined) this.findings.push(traced);
      else this.findings[known] = joined(this.findings[known]!, traced);
    }
  }

  /** Whether it is the `values.yaml` of a chart that has templates. */
  private hasTemplates({ path: file, role, chart }: ManifestFile): boolean {
    if (role !== "values" || chart === undefined || !/^values\.ya?ml$/.test(path.basename(file))) return false;
    const folder = path.dirname(file);
    return fs.existsSync(path.join(folder, "Chart.yaml")) && fs.existsSync(path.join(folder, "templates"));
  }

  private builtInto(file: string): ReadonlySet<string> {
    if (this.namespaces === undefined) {
      this.namespaces = new Namespaces();
      for (const one of this.builders) {
        const read = readText(one.path);
        if ("text" in read) this.namespaces.add(one, read.text);
      }
    }
    return this.namespaces.over(path.resolve(this.directory, file));
  }

  private pathOf(file: string): string {
    const known = this.paths.get(file) ?? this.roots.relative(path.resolve(this.directory, file));
    this.paths.set(file, known);
    return known;
  }
}

/** One cause that shows in two places: told where it weighs most, and where it came first among those. */
function joined(one: Traced, other: Traced): Traced {
  const [first, second] = one.level !== other.level && isAtLeast(other.level, one.level) ? [other, one] : [one, other];
  const { file, line, field } = second;
  one.also.push({ file, line, field });
  return { ...first, also: one.also };
}

/** The roots of the repositories that files are in. */
class Roots {
  private readonly known = new Map<string, string | undefined>();

  constructor(
    private readonly directory: string,
    private readonly given: string | undefined,
  ) {}

  relative(file: string): string {
    const root = this.given ?? this.rootOf(path.dirname(file)) ?? this.directory;
    return path.relative(root, file).split(path.sep).join("/");
  }

  private rootOf(folder: string): string | undefined {
    if (this.known.has(folder)) return this.known.get(folder);
    const above = path.dirname(folder);
    const root = fs.existsSync(path.join(folder, ".git")) ? folder : above === folder ? undefined : this.rootOf(above);
    this.known.set(folder, root);
    return root;
  }
}

/** The rule for the literals of a region. */
const RULE_OF = Object.fromEntries(rules.flatMap(({ id, region }) => (region === undefined ? [] : [[region, id]]))) as Record<
  Region,
  string
>;
