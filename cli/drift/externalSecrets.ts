import { operatorSecrets } from "../../catalog/names";
import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Note } from "./types";

/** Finds what writes into the Secrets that passwords are in: CloudNativePG's credentials come from nowhere else. */
export function checkExternalSecrets(desired: Desired, facts: Facts, commands: Commands): { findings: Finding[]; notes: Note[] } {
  const check = "externalSecret";
  if (facts.externalSecrets === "unknown") {
    const text = `this account may not list the ExternalSecrets of ${desired.namespace}, so that whether one writes into a Secret of CloudNativePG's is not known`;
    return { findings: [], notes: [{ service: null, check, text, command: null }] };
  }
  const services = new Map<string, string | null>(operatorSecrets(desired.cluster).map((name) => [name, null]));
  for (const { name, service } of desired.secrets) services.set(name, service);
  const findings = facts.externalSecrets.flatMap(({ name, target }): Finding[] => {
    const service = services.get(target);
    if (service === undefined) return [];
    const suspect = `ExternalSecret ${name} writes into Secret ${target}`;
    const truth = "its values are CloudNativePG's, and nothing from a store may be written there";
    return [{ service, check, suspect, truth, mend: commands.release(name) }];
  });
  return { findings, notes: [] };
}
