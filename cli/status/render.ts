import { visible } from "../../config/visible";
import { paint } from "../shared/colour";
import { columns } from "../shared/tables";
import type { ServiceStatus, StatusReport } from "./report";

/** What is wrong comes first: in the first line, and in the first rows. */
export function renderText(report: StatusReport): string {
  const { stack, target, state, cluster, authorities, vaultCertificate, services, summary } = report;
  const { ok, failing, overdue } = summary;
  const verdict = [
    failing === 0
      ? paint("green", `${ok} of ${summary.services} services are well`)
      : paint("red", `${failing} of ${summary.services} services are not well`),
    ...(overdue === 0 ? [] : [paint("yellow", `${overdue} with a password that is older than it may be`)]),
  ];
  const waiting = services.flatMap((one) => one.waiting.map((reason) => [one.service, reason]));
  const beside = services.flatMap(({ service, previous }) => (previous === undefined ? [] : [[service, previous]]));
  return [
    `Stack ${stack}: ${verdict.join(", ")}`,
    `Cluster: ${target.kind === "lab" ? "the lab" : `context ${target.context}`} at ${target.server}`,
    `Postgres: ${cluster.namespace}/${cluster.name}, ${visible(cluster.phase)}`,
    ...authorities.flatMap(({ name, signs, until, warning }) => [
      `${signs ? "Certificate signed by" : "Also trusted"}: ${name}, until ${until}`,
      ...(warning === undefined ? [] : [paint("yellow", warning)]),
    ]),
    ...(vaultCertificate?.warning === undefined ? [] : [paint("yellow", vaultCertificate.warning)]),
    `State: ${state.backend}${state.passphrase === undefined ? "" : `, its passphrase in ${state.passphrase}`}`,
    "",
    columns([
      ["SERVICE", "DATABASE", "LOGIN", "SECRET", "STRATEGY", "GENERATION", "AGE", "DUE", "CONNECTIONS", "TIME", "STATE"],
      ...services.map(row),
    ]),
    ...(waiting.length === 0 ? [] : ["", columns([["SERVICE", "WAITS FOR"], ...waiting])]),
    ...(beside.length === 0 ? [] : ["", columns([["SERVICE", "MAY STILL LOG IN"], ...beside])]),
  ].join("\n");
}

function row(one: ServiceStatus): string[] {
  const { service, database, login, secret, strategy, generation, ageDays, dueAt, overdue, connection } = one;
  const due = dueAt === undefined ? "-" : overdue ? paint("yellow", `${dueAt}, overdue`) : dueAt;
  return [
    service,
    database,
    login,
    secret,
    strategy,
    generation,
    `${Math.floor(ageDays)} d`,
    due,
    used(connection),
    connection === undefined ? "-" : `${connection.milliseconds} ms`,
    state(one),
  ];
}

/** From so much of its limit on, a login is short of connections. */
const SHORT = 0.8;

function used({ connections, limit }: NonNullable<ServiceStatus["connection"]> | Record<string, undefined> = {}): string {
  if (connections === undefined || limit === undefined) return "-";
  if (limit < 0) return String(connections);
  const text = `${connections} of ${limit}`;
  return connections >= SHORT * limit ? paint("yellow", text) : text;
}

function state({ ok, waiting, connection }: ServiceStatus): string {
  if (connection?.error !== undefined) return paint("red", `FAILED: ${connection.error}`);
  if (connection === undefined) return paint("red", "no primary to log in to");
  return ok ? `ok, ${connection.tls}` : paint("yellow", `logs in, waits for ${waiting.length}`);
}
