import { code, finding, items, join, markup, type Html } from "../shared/page/html";
import { renderPage, type Section } from "../shared/page/page";
import { dataTable, type Row } from "../shared/page/table";
import { OUTCOMES } from "./render";
import type { DriftReport, Finding, ServiceReport } from "./types";

/** What differs, as a page for a browser. */
export function renderHtml(report: DriftReport): string {
  const { stack, cluster, checkedAt, services, findings, notes, notChecked } = report;
  return renderPage({
    title: `Drift of stack ${stack}`,
    about: [
      ["Checked", checkedAt],
      ["Postgres", cluster],
    ],
    figures: [
      { value: services.length, label: "services" },
      { value: findings.length, label: "findings", mood: findings.length === 0 ? "good" : "bad" },
      { value: notChecked.length, label: "not checked", mood: notChecked.length === 0 ? "good" : "warn" },
    ],
    sections: [
      ...(findings.length === 0 ? [] : [{ heading: "Findings, in the order in which to fix them", body: join(findings.map(card)) }]),
      { heading: "Services", body: table(services) },
      ...listed(
        "Not checked",
        notChecked.map(({ what, reason }) => markup`${what}: ${reason}`),
      ),
      ...listed(
        "Notes",
        notes.map(({ service, text, command }) => {
          const about = service === null ? undefined : markup`<strong>${service}</strong>: `;
          return markup`${about}${text}${command === null ? undefined : markup`<br>${code(command)}`}`;
        }),
      ),
    ],
    foot: `Made by \`cnpg-credentials drift --stack ${stack} -o html\`. This page has no value of any Secret, and it fetches nothing.`,
  });
}

function card({ service, check, suspect, truth, look, mend }: Finding): Html {
  return finding(`${service ?? "all services"} (${check})`, [
    ["suspect", suspect],
    ["truth", truth],
    ...(look === undefined ? [] : [["first", code(look)] as const]),
    ["fix", code(mend)],
  ]);
}

function table(services: readonly ServiceReport[]): Html {
  return dataTable({
    caption: "Services",
    columns: [
      { title: "Service" },
      { title: "Database" },
      { title: "Role" },
      { title: "Login" },
      { title: "Secret" },
      { title: "Login works" },
      { title: "Took", order: "number" },
      { title: "Findings", order: "number" },
    ],
    rows: services.map(({ service, database, role, login, secret, outcome, milliseconds, findings }): Row => ({
      mood: findings > 0 || outcome === "failed" ? "bad" : "good",
      facets: { Login: [OUTCOMES[outcome]] },
      cells: [
        { body: service },
        { body: code(database), key: database },
        { body: code(role), key: role },
        { body: code(login), key: login },
        { body: markup`<span class="id">${secret}</span>`, key: secret },
        { body: markup`<span class="state">${OUTCOMES[outcome]}</span>`, key: OUTCOMES[outcome] },
        milliseconds === null ? { body: "-", key: "" } : { body: `${milliseconds} ms`, key: milliseconds },
        { body: findings === 0 ? "-" : String(findings), key: findings },
      ],
    })),
    filters: ["Login"],
  });
}

const listed = (heading: string, all: readonly Html[]): Section[] => (all.length === 0 ? [] : [{ heading, body: items(all) }]);
