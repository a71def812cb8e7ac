import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Need, Note } from "./types";

/** More statements in one command are more than a shell takes: the rest is found the next time. */
const MOST_STATEMENTS = 50;

const TRUTHS: Readonly<Record<Need["kind"], (service: string) => string>> = {
  schemas: () => OWNERS,
  relations: () => OWNERS,
  create: () => "the application makes its tables in a schema that its owner may make something in",
  extension: (service) => `Database ${service} declares it`,
  schema: (service) => `Database ${service} declares it`,
  setting: () => "whichever login it is, its sessions begin as the owner's do",
};

const OWNERS =
  "what is in a service's database is for its owner to use; a role whose objects are not is among the record's `foreignOwners`";

/** What its application would fail for, though it logs in. */
export function checkNeeds(desired: Desired, { logins }: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  for (const { service, needs = [] } of logins)
    for (const { kind, text, statements, meant } of needs === "unknown" ? [] : needs) {
      const { database, profile } = desired.services[service]!;
      const owner = profile?.of ?? service;
      const suspect = `in the database ${database}, ${text}`;
      const mend = kind === "extension" || kind === "schema" ? commands.reapply("databases", owner) : mends(database, statements, commands);
      if (meant) {
        notes.push({ service, check: "needs", text: suspect, command: mend });
        continue;
      }
      // Who has left it may have left more, which runs with the rights of who owns it.
      const look = kind === "schemas" || kind === "relations" ? { look: commands.inspect(service) } : {};
      findings.push({ service, check: "needs", suspect, truth: TRUTHS[kind](owner), ...look, mend });
    }
  return { findings, notes };
}

function mends(database: string, statements: readonly string[], commands: Commands): string {
  return commands.sqlIn(database, ...statements.slice(0, MOST_STATEMENTS));
}
