import { html, join, type Html } from "../shared/page/html";
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
        notChecked.map(({ what, reason }) => html`<li>${what}: ${reason}</li>`),
      ),
      ...listed(
        "Notes",
        notes.map(({ service, text, command }) => {
          const about = service === null ? undefined : html`<strong>${service}</strong>: `;
          return html`<li>${about}${text}${command === null ? undefined : html`<br /><code>${command}</code>`}</li>`;
        }),
      ),
    ],
    foot: `Made by \`cnpg-credentials drift --stack ${stack} -o html\`. This page has no value of any Secret, and it fetches nothing.`,
  });
}

function card({ service, check, suspect, truth, look, mend }: Finding): Html {
  const first =
    look === undefined
      ? undefined
      : html`<dt>first</dt>
          <dd><code>${look}</code></dd>`;
  return html`<div class="finding">
    <h3>${service ?? "all services"} (${check})</h3>
    <dl>
      <dt>suspect</dt>
      <dd>${suspect}</dd>
      <dt>truth</dt>
      <dd>${truth}</dd>
      ${first}
      <dt>fix</dt>
      <dd><code>${mend}</code></dd>
    </dl>
  </div> `;
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
        { body: html`<code>${database}</code>`, key: database },
        { body: html`<code>${role}</code>`, key: role },
        { body: html`<code>${login}</code>`, key: login },
        { body: html`<span class="id">${secret}</span>`, key: secret },
        { body: html`<span class="state">${OUTCOMES[outcome]}</span>`, key: OUTCOMES[outcome] },
        milliseconds === null ? { body: "-", key: "" } : { body: `${milliseconds} ms`, key: milliseconds },
        { body: findings === 0 ? "-" : String(findings), key: findings },
      ],
    })),
    filters: ["Login"],
  });
}

const listed = (heading: string, items: readonly Html[]): Section[] =>
  items.length === 0
    ? []
    : [
        {
          heading,
          body: html`<ul>
            ${items}
          </ul>`,
        },
      ];
