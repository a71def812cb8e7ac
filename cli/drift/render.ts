import { visible, visibleJson } from "../../config/visible";
import { columns } from "../shared/tables";
import type { DriftReport } from "./types";

/** More services than this: only those with findings get a line. */
const LONGEST_TABLE = 40;

export const OUTCOMES = { ok: "ok", failed: "FAILED", notTried: "not tried" } as const;

/** The report for people. */
export function renderText(report: DriftReport): string {
  const { services, findings, notes, notChecked } = report;
  const wanted = services.length > LONGEST_TABLE ? services.filter((service) => service.findings > 0) : services;
  const rows = wanted.map(({ service, database, login, secret, outcome, milliseconds, findings: count }) => [
    service,
    database,
    login,
    secret,
    milliseconds === null ? OUTCOMES[outcome] : `${OUTCOMES[outcome]}, ${milliseconds} ms`,
    count === 0 ? "-" : String(count),
  ]);
  const table = rows.length === 0 ? [] : [columns([["SERVICE", "DATABASE", "ROLE", "SECRET", "LOGIN", "FINDINGS"], ...rows]), ""];
  const shown = findings.map(({ service, check, suspect, truth, look, mend }, index) =>
    lines(
      `${index + 1}. ${service ?? "all services"} (${check})`,
      `   suspect: ${suspect}`,
      `   truth:   ${truth}`,
      ...(look === undefined ? [] : [`   first:   ${look}`]),
      `   fix:     ${mend}`,
    ),
  );
  const noted = notes.map(({ service, text, command }) =>
    lines(`Note: ${service === null ? "" : `${service}: `}${text}`, ...(command === null ? [] : [`      ${command}`])),
  );
  const unchecked = notChecked.map(({ what, reason }) => lines(`NOT CHECKED: ${what}: ${reason}`));
  return [...table, ...shown, ...noted, ...unchecked, verdict(report)].join("\n");
}

/** Lines, each of which stays one, whoever has given what is in it its name. */
const lines = (...all: readonly string[]) => all.map(visible).join("\n");

function verdict({ services, findings, notChecked, stack }: DriftReport): string {
  const of = `${services.length} ${services.length === 1 ? "service" : "services"} of stack ${stack}`;
  if (findings.length > 0) {
    const rest = "fix them in this order, and run this again: one command often fixes several";
    return `${findings.length} ${findings.length === 1 ? "finding" : "findings"}, ${of}; ${rest}`;
  }
  return notChecked.length > 0 ? `No finding, ${of}, but not everything was checked` : `Clean: ${of}`;
}

/** The report for programs: one JSON document. */
export function renderJson(report: DriftReport): string {
  return visibleJson(report, 2);
}
