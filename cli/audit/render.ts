import { visible, visibleJson } from "../../config/visible";
import type { AuditReport } from ".";

/** 0: nothing was found, 1: something was. */
export function exitCode({ clean }: AuditReport): 0 | 1 {
  return clean ? 0 : 1;
}

/** For people: each finding with its place first, as compilers say it; then what could not be read. */
export function renderText({ findings, accepted, unparsable, files, seconds }: AuditReport): string {
  const lines = findings.flatMap(({ file, line, rule, field, why, remedy }) => [
    `${file}:${line}: ${rule}: ${field}: ${why}`,
    `  Remedy: ${remedy}`,
  ]);
  const unread = unparsable.map(({ file, line, reason }) => `${file}:${line}: not parsed, and only looked through by lines: ${reason}`);
  const verdict =
    findings.length === 0
      ? "Nothing found"
      : `${count(findings.length, "finding")} in ${count(new Set(findings.map(({ file }) => file)).size, "file")}`;
  const rest = [
    accepted > 0 ? `${accepted} accepted` : "",
    unparsable.length > 0 ? `${count(unparsable.length, "part")} not parsed` : "",
  ].filter(Boolean);
  return [
    ...lines.map(visible),
    ...unread.map(visible),
    `${[verdict, ...rest].join(", ")}; ${count(files, "file")} in ${seconds.toFixed(2)} s`,
  ].join("\n");
}

export function renderJson(report: AuditReport): string {
  return visibleJson(report, 2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
