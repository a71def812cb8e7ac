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
    isShort(connection) ? paint("yellow", connectionsOf(connection)) : connectionsOf(connection),
    connection === undefined ? "-" : `${connection.milliseconds} ms`,
    painted(stateOf(one)),
  ];
}

/** From so much of its limit on, a login is short of connections. */
const SHORT = 0.8;

/** How many connections a login has, of how many. */
export function connectionsOf({ connections, limit }: NonNullable<ServiceStatus["connection"]> | Record<string, undefined> = {}): string {
  if (connections === undefined || limit === undefined) return "-";
  return limit < 0 ? String(connections) : `${connections} of ${limit}`;
}

/** Whether few connections are left. */
export function isShort({ connections, limit }: NonNullable<ServiceStatus["connection"]> | Record<string, undefined> = {}): boolean {
  return connections !== undefined && limit !== undefined && limit >= 0 && connections >= SHORT * limit;
}

/** How a service is, in words; a colour where it is not well. */
export function stateOf({ ok, waiting, connection }: ServiceStatus): { readonly text: string; readonly colour?: "red" | "yellow" } {
  if (connection?.error !== undefined) return { text: `FAILED: ${connection.error}`, colour: "red" };
  if (connection === undefined) return { text: "no primary to log in to", colour: "red" };
  return ok ? { text: `ok, ${connection.tls}` } : { text: `logs in, waits for ${waiting.length}`, colour: "yellow" };
}

const painted = ({ text, colour }: ReturnType<typeof stateOf>) => (colour === undefined ? text : paint(colour, text));
