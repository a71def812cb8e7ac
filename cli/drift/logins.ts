import type { Commands } from "../shared/shellCommands";
import { identifier, literal } from "../shared/sql";
import type { Desired, Facts, Finding, LoginOutcome, NotChecked } from "./types";
import { RIGHTS } from "../../catalog/profiles";
import { CNPG, kubectlKind } from "../../kube/kinds/groups";
import { primaryOf } from "../../kube/primary";

/** SQLSTATEs that say more than that the password is another. */
const [TOO_MANY, NO_DATABASE, NOT_AUTHORIZED] = ["53300", "3D000", "28000"];

/** Judges the logins. A service whose Secret has no credential to log in with has its finding already. */
export function checkLogins(desired: Desired, facts: Facts, commands: Commands): Finding[] {
  const [first] = facts.logins;
  if (first?.error !== undefined && facts.logins.every(({ error }) => error !== undefined && !isFromPostgres(error)))
    return [
      {
        service: null,
        check: "login",
        suspect: `Postgres cannot be reached through a port-forward to the primary: ${first.error.message}`,
        truth: "the primary answers, over TLS, and this account may `create` `pods/portforward`",
        mend: commands.describe([kubectlKind("clusters", CNPG), desired.cluster]),
      },
    ];
  return facts.logins.flatMap((outcome) =>
    outcome.error === undefined ? checkSession(outcome, desired, commands) : [failed(outcome, outcome.error, desired, facts, commands)],
  );
}

/** A SQLSTATE has a digit in it; the codes of sockets have none. */
const isFromPostgres = ({ code = "" }: NonNullable<LoginOutcome["error"]>) => /^(?=.*\d)[0-9A-Z]{5}$/.test(code);

/**
 * Objects that are made belong to the owner of the database, whichever login made them. A profile's
 * logins have its rights.
 */
function checkSession({ service, worksAs }: LoginOutcome, desired: Desired, commands: Commands): Finding[] {
  const { login, role: own, profile } = desired.services[service]!;
  const isProfile = profile !== undefined && RIGHTS[profile.kind] !== undefined;
  const role = isProfile ? own : (profile?.owner ?? own);
  if (worksAs === role) return [];
  const mend = commands.sql(
    login === role ? `ALTER ROLE ${identifier(login)} RESET role` : `ALTER ROLE ${identifier(login)} SET role = ${literal(role)}`,
  );
  return [
    {
      service,
      check: "session",
      suspect: `a session of ${login} works as ${worksAs}`,
      truth: `it works as ${role}, ${isProfile ? "the profile" : "the owner"}`,
      mend,
    },
  ];
}

function failed(
  { service }: LoginOutcome,
  { code, message }: NonNullable<LoginOutcome["error"]>,
  desired: Desired,
  facts: Facts,
  commands: Commands,
): Finding {
  const { login, secret, database, roleObject, profile } = desired.services[service]!;
  const found = (truth: string, mend: string): Finding => ({
    service,
    check: "login",
    suspect: `no login as ${login} with Secret ${secret}: ${message}`,
    truth,
    mend,
  });
  const apply = roleObject === undefined ? commands.look() : commands.reapply("databaseroles", roleObject);
  if (code === TOO_MANY)
    return found(
      "its sessions are as many as it may have; this ends the idle ones, and the application makes others",
      commands.sql(
        `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = ${literal(login)} AND state = 'idle'`,
      ),
    );
  if (code === NO_DATABASE)
    return found(`Database ${profile?.of ?? service} declares ${database}`, commands.reapply("databases", profile?.of ?? service));
  if (code === NOT_AUTHORIZED && message.includes("pg_hba.conf") && desired.clusterIs !== undefined)
    return found(
      "the Cluster's owner lets it in, by a line of its pg_hba.conf: a preview says which",
      commands.describe([kubectlKind("clusters", CNPG), desired.cluster]),
    );
  if (code === NOT_AUTHORIZED && message.includes("pg_hba.conf") && isEdited(desired, facts))
    return found("the Cluster's pg_hba lines, as Pulumi wrote them, let it in", commands.rewrite());
  if (code?.startsWith("28")) return found("Postgres accepts what the Secret has once CloudNativePG has applied it", apply);
  return found("the primary answers, over TLS", commands.describe([kubectlKind("clusters", CNPG), desired.cluster]));
}

/** Where the lines are as they were written, they refuse a role that is not there. */
function isEdited({ clusterSpec }: Desired, { cluster }: Facts): boolean {
  return cluster?.spec.postgresql?.pg_hba?.join("\n") !== clusterSpec.pgHba.join("\n");
}

/** What the logins leave unknown. */
export function uncheckedLogins(desired: Desired, facts: Facts): NotChecked[] {
  const roles = "roles and databases in Postgres";
  if (facts.noLogin) return ["logins", roles].map((what) => ({ what, reason: "--no-login", asked: true }));
  const unchecked: NotChecked[] = [];
  const tried = new Set(facts.logins.map(({ service }) => service));
  const left = Object.keys(desired.services).filter((service) => !tried.has(service));
  const primary = primaryOf(desired.cluster, facts.cluster?.status);
  if (left.length > 0) {
    const reason = primary === undefined ? "there is no primary" : "their Secrets hold no credential";
    unchecked.push({ what: `logins of ${left.join(", ")}`, reason, asked: false });
  }
  const unasked = facts.logins.flatMap(({ service, needs }) => (needs === "unknown" ? [service] : []));
  if (unasked.length > 0)
    unchecked.push({
      what: `what applications need in the databases of ${unasked.join(", ")}`,
      reason: "the question failed",
      asked: false,
    });
  const ungranted = facts.logins.flatMap(({ service, grants }) => (grants === "unknown" ? [service] : []));
  if (ungranted.length > 0) unchecked.push({ what: `the rights of ${ungranted.join(", ")}`, reason: "the question failed", asked: false });
  if (facts.catalogue === undefined)
    unchecked.push({ what: roles, reason: "no service's login gave a session to read them in", asked: false });
  return unchecked;
}
