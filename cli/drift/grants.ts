import type { Commands } from "../shared/shellCommands";
import { identifier } from "../shared/sql";
import type { Desired, Facts, Finding, Grant } from "./types";

/** More statements in one command are more than a shell takes: the rest is found the next time. */
const MOST_STATEMENTS = 50;

/** Rights that a profile lacks, or has beyond its own. */
export function checkGrants(desired: Desired, { logins }: Facts, commands: Commands): Finding[] {
  return logins.flatMap(({ service, grants = [] }) => {
    const { database, profile } = desired.services[service]!;
    if (profile === undefined || grants === "unknown") return [];
    const truths: Readonly<Record<Grant["kind"], string>> = {
      missing: `${profile.owner}, who owns the database, gives a ${profile.kind} its rights, to what is made later, too. The next proof of ${service} does the same`,
      extra: `a ${profile.kind} has the rights of its profile, and no others`,
      everybody: `a ${profile.kind} has what everybody has. See first who relies on it`,
    };
    return grants.map(({ kind, text, actor, statements }): Finding => ({
      service,
      check: "grants",
      suspect: `in the database ${database}, ${text}`,
      truth: truths[kind],
      // As who has given it, or owns it.
      mend: commands.sqlIn(database, `SET ROLE ${identifier(actor)}`, ...statements.slice(0, MOST_STATEMENTS)),
    }));
  });
}
