import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Note } from "./types";
import { ageInDays } from "../../rotation/age";

/** Judges the age of passwords. */
export function checkRotation(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  for (const [service, { changedAt, maxAgeDays, previous }] of Object.entries(desired.services)) {
    if (maxAgeDays === undefined) continue;
    const days = Math.floor(ageInDays(changedAt, facts.at));
    if (days < maxAgeDays) continue;
    findings.push({
      service,
      check: "rotation",
      suspect: `the password is ${days} days old`,
      truth: `it is replaced after ${maxAgeDays}`,
      mend: commands.rotate(service),
    });
    // It is older than the one that is too old.
    if (previous !== undefined)
      notes.push({
        service,
        check: "rotation",
        text: `the previous credential, role ${previous}, still logs in, ${days} days after the rotation`,
        command: commands.retire(service),
      });
  }
  return { findings, notes };
}
