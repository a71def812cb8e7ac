import { styleText } from "node:util";
import { visible, visibleJson } from "../../config/visible";
import type { AuditReport } from ".";
import { baselineExpired, baselineWithoutReason } from "./baseline";
import { isAtLeast, LEVELS, type Finding, type Level, type RuleText } from "./finding";
import { groupBy } from "../shared/sort";
import { rules } from "./rules";

/** Everything that a finding can be of. */
export const ALL_RULES: readonly RuleText[] = [...rules, baselineWithoutReason, baselineExpired];

export type FailOn = Level | "never";

/** 0: nothing weighs that much, 1: something does. */
export function exitCode({ levels }: AuditReport, failOn: FailOn): 0 | 1 {
  return failOn !== "never" && LEVELS.some((level) => isAtLeast(level, failOn) && levels[level] > 0) ? 1 : 0;
}

export interface TextOptions {
  /** Findings that are listed of each rule; 0: all. */
  limit: number;
  /** The lightest that are listed. */
  least: Level;
  colour: boolean;
  /** Wall-clock time. */
  seconds?: number;
}

const COLOURS = { error: "red", warning: "yellow", note: "cyan" } as const;

/** For people: how many of what, what to do first, and then each rule with its remedy and its findings by file. */
export function renderText(whole: AuditReport, { limit, least, colour, seconds }: TextOptions): string {
  const report = shown(whole);
  const { findings, rules: counted, unparsable } = report;
  const paint = (level: Level, text: string) => (colour ? styleText(COLOURS[level], text, { validateStream: false }) : text);
  const strong = (text: string) => (colour ? styleText("bold", text, { validateStream: false }) : text);
  const byRule = groupBy(findings, ({ rule, level }) => `${level} ${rule}`);
  const listed = counted.filter(({ level }) => isAtLeast(level, least));
  const hidden = counted.filter(({ level }) => !isAtLeast(level, least));
  const widest = Math.max(0, ...counted.map(({ rule }) => rule.length));
  const table = counted.map(({ rule, level, findings: number, files }) => {
    const title = textOf(rule).title;
    return `  ${paint(level, level.padEnd(7))} ${String(number).padStart(5)}  ${rule.padEnd(widest)}  ${title}, in ${count(files, "file")}`;
  });
  const first = firstThings(report).map((line, index) => `  ${index + 1}. ${line}`);
  const sections = listed.map(({ rule, level }) => section(byRule.get(`${level} ${rule}`)!, limit, { paint, strong }));
  const unread = unparsable.map(({ file, line, reason }) => `  ${file}:${line}  ${reason}`);
  const listedUnread = limit === 0 ? unread : unread.slice(0, limit);
  return [
    strong(verdict(report, seconds)),
    ...(table.length > 0 ? ["", ...table] : []),
    ...(first.length > 0 ? ["", strong("First"), ...first] : []),
    ...sections.flatMap((lines) => ["", ...lines]),
    ...(unread.length > 0
      ? [
          "",
          `${count(unread.length, "part")} not parsed, and only looked through by lines`,
          ...listedUnread,
          ...(listedUnread.length < unread.length ? [`  and ${unread.length - listedUnread.length} more (--limit 0)`] : []),
        ]
      : []),
    ...(hidden.length > 0
      ? [
          "",
          `Not listed: ${hidden.map(({ rule, findings: number }) => `${number} ${rule}`).join(", ")} (--least note, or --rule, lists them)`,
        ]
      : []),
    ...(sections.length > 0 ? ["", strong(verdict(report, seconds))] : []),
  ].join("\n");
}

/** What others have written, in one line each. */
function shown(report: AuditReport): AuditReport {
  const show = <T extends { file: string }>(one: T): T => ({ ...one, file: visible(one.file) });
  return {
    ...report,
    findings: report.findings.map((one) => ({ ...show(one), field: visible(one.field), why: visible(one.why), also: one.also.map(show) })),
    unparsable: report.unparsable.map((one) => ({ ...show(one), reason: visible(one.reason) })),
  };
}

interface Ink {
  readonly paint: (level: Level, text: string) => string;
  readonly strong: (text: string) => string;
}

/** A rule's findings, grouped by file, with its remedy once. */
function section(findings: readonly Finding[], limit: number, { paint, strong }: Ink): string[] {
  const { rule, level, remedy } = findings[0]!;
  const { title, why } = textOf(rule);
  const some = limit === 0 ? findings : findings.slice(0, limit);
  const byFile = groupBy(some, ({ file }) => file);
  const lines = [...byFile].flatMap(([file, of]) => [
    `  ${strong(file)}`,
    ...of.flatMap((one) => [
      `    ${file}:${one.line}  ${one.field}: ${one.why}${others(one)}`,
      ...(one.remedy === remedy ? [] : [`      Remedy: ${one.remedy}`]),
    ]),
  ]);
  const rest = findings.length - some.length;
  return [
    `${paint(level, level)} ${strong(rule)}: ${title} (${findings.length})`,
    `  Why: ${why}`,
    `  Remedy: ${remedy}`,
    ...lines,
    ...(rest > 0 ? [`  and ${rest} more (--limit 0 lists all, --rule ${rule} this rule alone)`] : []),
  ];
}

function others({ also }: Finding): string {
  if (also.length === 0) return "";
  const places = [...new Set(also.map(({ file, line }) => `${file}:${line}`))];
  const rest = places.length - MOST_OTHERS;
  return `; in ${count(also.length, "other place")} too: ${places.slice(0, MOST_OTHERS).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** Other places of a cause that a line names. */
const MOST_OTHERS = 3;

/** How many things a person is told to do first. */
const MOST_FIRST = 5;

/** What to do first: the heaviest rules in the order of what they open, each with where most of it is. */
function firstThings({ rules: counted, findings }: AuditReport): string[] {
  const heavy = counted.filter(({ level }) => level !== "note");
  const order = new Map(ALL_RULES.map(({ id }, index) => [id, index]));
  return [...heavy]
    .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || order.get(a.rule)! - order.get(b.rule)!)
    .slice(0, MOST_FIRST)
    .map(({ rule, level, findings: number }) => {
      const of = findings.filter((one) => one.rule === rule && one.level === level);
      const [file, most] = [...groupBy(of, (one) => one.file)].sort(([, a], [, b]) => b.length - a.length)[0]!;
      const where = most.length === number ? `in ${file}` : `begin with ${file} (${most.length})`;
      return `${count(number, "finding")} of ${rule}, ${where}: ${textOf(rule).remedy}`;
    });
}

function verdict({ levels, findings, accepted, unused, unparsable, files }: AuditReport, seconds: number | undefined): string {
  const found =
    findings.length === 0
      ? "Nothing found"
      : `${LEVELS.flatMap((level) => (levels[level] > 0 ? [count(levels[level], level)] : [])).join(", ")} in ${count(new Set(findings.map(({ file }) => file)).size, "file")}`;
  const rest = [
    accepted > 0 ? `${accepted} accepted` : "",
    unused > 0 ? `${unused} of the baseline's entries accept nothing any more` : "",
    unparsable.length > 0 ? `${count(unparsable.length, "part")} not parsed` : "",
  ].filter(Boolean);
  return `${[found, ...rest].join(", ")}; ${count(files, "file")} looked at${seconds === undefined ? "" : ` in ${seconds.toFixed(1)} s`}`;
}

function textOf(rule: string): RuleText {
  return ALL_RULES.find(({ id }) => id === rule)!;
}

export function renderJson(report: AuditReport): string {
  return visibleJson(report, 2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
