import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Note } from "./types";
import { ageInDays } from "../../rotation/age";

/** Judges the age of passwords, and how long a former login is let in beside the one in use. */
export function checkRotation(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  for (const [service, { changedAt, maxAgeDays = Infinity, previous, previousMaxDays = Infinity }] of Object.entries(desired.services)) {
    const days = Math.floor(ageInDays(changedAt, facts.at));
    const about = { service, check: "rotation" as const };
    if (days >= maxAgeDays)
      findings.push({
        ...about,
        suspect: `the password is ${days} days old`,
        truth: `it is replaced after ${maxAgeDays}`,
        mend: commands.rotate(service),
      });
    if (previous === undefined) continue;
    // It is older than the one that is in use.
    const text = `the previous credential, role ${previous}, still logs in, ${days} days after the rotation`;
    if (days >= previousMaxDays)
      findings.push({
        ...about,
        suspect: text,
        truth: `it is retired after ${previousMaxDays}: until then, its password opens the database`,
        mend: commands.retire(service),
      });
    else if (days >= maxAgeDays) notes.push({ ...about, text, command: commands.retire(service) });
  }
  return { findings, notes };
}
