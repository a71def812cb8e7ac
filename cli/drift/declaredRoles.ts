import { parseHostBased } from "../../config/hostBased";
import { isMighty, POWERS, reaches, revocations } from "../shared/roleRights";
import type { LiveRole } from "../../preflight/postgres/catalogue";
import { identifier } from "../shared/sql";
import type { Desired, Facts } from "./types";

/**
 * Why a role that no record has is there all the same: somebody has declared it, or a tool is known
 * by its name.
 */
export interface Reason {
  /** After "it". */
  readonly why: string;
  /** Whether it is more than its name that says so. */
  readonly isDeclared: boolean;
}

/**
 * What many who watch Postgres are told to call their role, and whose it is then. They may watch,
 * and no more.
 */
const TOOLS: readonly (readonly [name: RegExp, of: string])[] = [
  [/^(?:datadog|dd_agent)$/, "Datadog's agent"],
  [/^grafana(?:_?reader|_?cloud)?$/, "Grafana"],
  [/^(?:postgres|pg|prometheus)_exporter$|^prometheus$/, "an exporter for Prometheus"],
  [/^new_?relic$/, "New Relic's agent"],
  [/^pganalyze$/, "pganalyze"],
  [/^pgwatch[23]?$/, "pgwatch"],
  [/^(?:zbx_monitor|zabbix)$/, "Zabbix's agent"],
  [/^(?:otel|otelcol|opentelemetry)$/, "OpenTelemetry's collector"],
  [/^pmm$/, "Percona's monitoring"],
  [/^temboard(?:_agent)?$/, "temBoard"],
  [/^pgtle_admin$/, "the extension pg_tle"],
  [/^pgsodium_key(?:iduser|holder|maker)$/, "the extension pgsodium"],
  [/^(?:anon|dalibo_anon)$/, "the extension anon"],
];

/**
 * Attributes that a line which lets a role in may be for: change data capture reads the log by
 * REPLICATION.
 */
const BEARABLE_ATTRIBUTES: ReadonlySet<string> = new Set(["REPLICATION"]);
/** Rights to all data are to that of the databases that a line names. */
const BEARABLE_ROLES: ReadonlySet<string> = new Set(["pg_read_all_data", "pg_write_all_data", "pg_create_subscription"]);

/** The databases that the stack's lines of pg_hba.conf let a role into. */
export function databasesLettingIn(role: string, { clusterSpec }: Pick<Desired, "clusterSpec">): string[] {
  const lines = clusterSpec.pgHba.map((line) => parseHostBased(line, true));
  return [
    ...new Set(
      lines.flatMap((line) => ("problems" in line || line.method === "reject" || !line.users.includes(role) ? [] : line.databases)),
    ),
  ];
}

/** Why a role is there; absent for one that nobody has declared, and that is no tool's. */
export function reasonFor({ name, login }: LiveRole, desired: Desired, { cluster }: Facts): Reason | undefined {
  const databases = databasesLettingIn(name, desired);
  if (databases.length > 0) return { why: `is let into ${databases.join(", ")} by a line of \`cluster.pgHba\``, isDeclared: true };
  const members = desired.roles.filter(({ spec }) => spec.inRoles?.includes(name)).map(({ spec }) => spec.name);
  if (members.length > 0)
    return {
      why: `is what ${members.join(", ")} ${members.length === 1 ? "is" : "are"} made a member of (\`memberOf\`)`,
      isDeclared: true,
    };
  if (cluster?.spec.postgresql?.parameters?.["pgaudit.role"] === name)
    return { why: "is what pgaudit goes by (`pgaudit.role`)", isDeclared: true };
  const tool = TOOLS.find(([known]) => known.test(name))?.[1];
  if (tool === undefined) return undefined;
  const out = login ? ", and pg_hba.conf keeps it out until a line of `cluster.pgHba` lets it in" : "";
  return { why: `is called as the role of ${tool} is${out}`, isDeclared: false };
}

/** What a role has that its reason does not account for. */
export interface Beyond {
  /** As SQL has it. */
  readonly has: readonly string[];
  readonly attributes: readonly (typeof POWERS)[number][];
  /** Its own memberships, by which it has that. */
  readonly memberships: readonly string[];
}

/** @param ours roles of services that it works with the rights of */
export function beyond(role: LiveRole, reason: Reason | undefined, live: ReadonlyMap<string, LiveRole>, ours: readonly string[]): Beyond {
  const isDeclared = reason?.isDeclared === true;
  const attributes = POWERS.filter(([power, sql]) => role[power] && !(isDeclared && BEARABLE_ATTRIBUTES.has(sql)));
  const isBeyond = (name: string) => ours.includes(name) || (isMighty(name, live) && !(isDeclared && BEARABLE_ROLES.has(name)));
  const reached = [...reaches(role, live)].filter(isBeyond).sort();
  const memberships = role.memberOf.filter((name) => {
    const of = live.get(name);
    return isBeyond(name) || (of !== undefined && [...reaches(of, live)].some(isBeyond));
  });
  return {
    has: [...attributes.map(([, sql]) => sql), ...(reached.length === 0 ? [] : [`the rights of ${reached.join(", ")}`])],
    attributes,
    memberships,
  };
}

/** The statements that take it away. */
export function taking(role: LiveRole, { attributes, memberships }: Beyond): string[] {
  return [
    ...(attributes.length === 0 ? [] : [`ALTER ROLE ${identifier(role.name)} ${attributes.map(([, sql]) => `NO${sql}`).join(" ")}`]),
    ...revocations(role, memberships),
  ];
}

/**
 * The same for a role that a DatabaseRole declares: the object stays, and what else it says. The
 * operator would give back what only Postgres was told.
 */
export function takingFrom({ spec }: { readonly spec: Readonly<Record<string, unknown>> }, { attributes, memberships }: Beyond): object {
  const { inRoles = [] } = spec as { inRoles?: string[] };
  return {
    spec: {
      ...Object.fromEntries(attributes.map(([power]) => [power, false])),
      ...(memberships.length === 0 ? {} : { inRoles: inRoles.filter((name) => !memberships.includes(name)) }),
    },
  };
}
