import { code, items, markup, type Html } from "../shared/page/html";
import { renderPage, type Section } from "../shared/page/page";
import { bar, dataTable, SOON, type Cell, type Row } from "../shared/page/table";
import { connectionsOf, isShort, stateOf } from "./render";
import type { ServiceStatus, StatusReport } from "./report";

/** The status of a stack as a page for a browser. */
export function renderHtml(report: StatusReport): string {
  const { stack, checkedAt, target, state, cluster, services, summary } = report;
  const { ok, failing, overdue } = summary;
  return renderPage({
    title: `Status of stack ${stack}`,
    about: [
      ["Checked", checkedAt],
      ["Cluster", target.kind === "lab" ? `the lab at ${target.server}` : `context ${target.context} at ${target.server}`],
      ["Postgres", `${cluster.namespace}/${cluster.name}, ${cluster.phase}`],
      ["State", state.backend],
    ],
    figures: [
      { value: `${ok} of ${summary.services}`, label: "services are well", mood: failing === 0 ? "good" : "warn" },
      { value: failing, label: "failing", mood: failing === 0 ? "good" : "bad" },
      { value: overdue, label: "passwords too old", mood: overdue === 0 ? "good" : "warn" },
      { value: services.filter(({ previous }) => previous !== undefined).length, label: "former logins" },
    ],
    sections: [{ heading: "Services", body: table(services) }, ...waiting(services), ...certificates(report)],
    foot: `Made by \`cnpg-credentials status --stack ${stack} -o html\`. This page has no value of any Secret, and it fetches nothing.`,
  });
}

function certificates({ authorities, vaultCertificate }: StatusReport): Section[] {
  const all = [
    ...authorities.map(
      ({ name, signs, until, warning }) =>
        markup`${signs ? "Postgres, signed by" : "Postgres, also trusted"}: ${name}, until ${until}${soon(warning)}`,
    ),
    ...(vaultCertificate === undefined ? [] : [markup`Vault, until ${vaultCertificate.until}${soon(vaultCertificate.warning)}`]),
  ];
  return all.length === 0 ? [] : [{ heading: "Certificates", body: items(all) }];
}

const soon = (warning: string | undefined) => (warning === undefined ? undefined : markup` <strong>${warning}</strong>`);

function table(services: readonly ServiceStatus[]): Html {
  return dataTable({
    caption: "Services",
    columns: [
      { title: "Service" },
      { title: "State" },
      { title: "Login" },
      { title: "Former login" },
      { title: "Database" },
      { title: "Secret" },
      { title: "Strategy" },
      { title: "Generation" },
      { title: "Age", order: "number" },
      { title: "Due" },
      { title: "Connections", order: "number" },
      { title: "Login took", order: "number" },
    ],
    rows: services.map(row),
    filters: ["State", "Strategy"],
  });
}

const NOTHING: Cell = { body: "-", key: "" };

function row(one: ServiceStatus): Row {
  const { service, ok, database, namespace, secret, login, previous, strategy, generation, ageDays, maxAgeDays, dueAt, overdue } = one;
  const { connection } = one;
  const days = Math.floor(ageDays);
  const isSoon = maxAgeDays !== undefined && ageDays >= SOON * maxAgeDays;
  return {
    ...(!ok ? { mood: "bad" as const } : overdue || isSoon || isShort(connection) ? { mood: "warn" as const } : { mood: "good" as const }),
    facets: { State: [!ok ? "failing" : overdue ? "too old" : isSoon ? "due soon" : "well"], Strategy: [strategy] },
    cells: [
      { body: service },
      { body: markup`<span class="state">${stateOf(one).text}</span>`, key: stateOf(one).text },
      { body: code(login), key: login },
      previous === undefined ? NOTHING : { body: code(previous), key: previous },
      { body: code(database), key: database },
      { body: markup`<span class="id"><span class="quiet">${namespace}/</span>${secret}</span>`, key: `${namespace}/${secret}` },
      { body: strategy },
      { body: generation },
      maxAgeDays === undefined
        ? { body: `${days} days`, key: days }
        : { body: markup`<span class="nowrap">${days} of ${maxAgeDays} days</span>${bar(ageDays, maxAgeDays)}`, key: days },
      dueAt === undefined ? NOTHING : { body: markup`<span class="nowrap">${dueAt}</span>`, key: dueAt },
      connection?.connections === undefined ? NOTHING : { body: connectionsOf(connection), key: connection.connections },
      connection === undefined ? NOTHING : { body: `${connection.milliseconds} ms`, key: connection.milliseconds },
    ],
  };
}

function waiting(services: readonly ServiceStatus[]): Section[] {
  const all = services.flatMap(({ service, waiting: reasons }) => reasons.map((one) => markup`<strong>${service}</strong>: ${one}`));
  return all.length === 0 ? [] : [{ heading: "Not applied yet", body: items(all) }];
}
