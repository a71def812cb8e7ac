import { operatorSecrets } from "../../catalog/names";
import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Note } from "./types";

/** Finds what writes into the Secrets that passwords are in, as CloudNativePG's credentials come from nowhere else, and what reads copies back. */
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
  const store = desired.mirror?.store;
  const readers = facts.externalSecrets.filter(({ stores }) => store !== undefined && stores.includes(store));
  return {
    findings: [
      ...findings,
      ...readers.map(({ name, target }): Finding => ({
        service: null,
        check,
        suspect: `ExternalSecret ${name} reads copies of databases' credentials through the store ${store} into Secret ${target}`,
        truth: "that store is for writing copies, and nothing reads one back: take what it has fetched for known",
        mend: commands.removeFetched(name, target),
      })),
    ],
    notes: [],
  };
}
