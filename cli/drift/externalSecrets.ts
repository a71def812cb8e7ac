import { operatorSecrets } from "../../catalog/names";
import type { Writer } from "../../kube/externalSecrets";
import type { Commands } from "../shared/shellCommands";
import type { Desired, Facts, Finding, Note } from "./types";

const check = "externalSecret";

interface Judgement {
  readonly findings: Finding[];
  readonly notes: Note[];
}

/** Finds what writes into the Secrets that passwords are in, as CloudNativePG's credentials come from nowhere else, and what reads copies back. */
export function checkExternalSecrets(desired: Desired, facts: Facts, commands: Commands): Judgement {
  const all = [
    inNamespace(desired, facts, commands),
    ...[...(facts.externalSecretsElsewhere ?? [])].map(([namespace, found]) => ofApplications(namespace, found, desired, commands)),
  ];
  return { findings: all.flatMap(({ findings }) => findings), notes: all.flatMap(({ notes }) => notes) };
}

function inNamespace(desired: Desired, { externalSecrets }: Facts, commands: Commands): Judgement {
  if (externalSecrets === "unknown") return notKnown(desired.namespace);
  const services = new Map<string, string | null>(operatorSecrets(desired.cluster).map((name) => [name, null]));
  for (const { name, service } of desired.secrets) services.set(name, service);
  const store = desired.mirror?.store;
  const readers = externalSecrets.filter(({ stores }) => store !== undefined && stores.includes(store));
  return {
    findings: [
      ...secondWriters(externalSecrets, services, commands),
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

function ofApplications(namespace: string, found: readonly Writer[] | "unknown", desired: Desired, commands: Commands): Judgement {
  if (found === "unknown") return notKnown(namespace);
  const services = new Map(desired.secrets.flatMap((one) => (one.namespace === namespace ? [[one.name, one.service] as const] : [])));
  return { findings: secondWriters(found, services, commands.in(namespace), `${namespace}/`), notes: [] };
}

function notKnown(namespace: string): Judgement {
  const text = `this account may not list the ExternalSecrets of ${namespace}, so that whether one writes into a Secret of CloudNativePG's is not known`;
  return { findings: [], notes: [{ service: null, check, text, command: null }] };
}

/** @param place Before the names of what is not in the stack's namespace. */
function secondWriters(found: readonly Writer[], services: ReadonlyMap<string, string | null>, commands: Commands, place = ""): Finding[] {
  return found.flatMap(({ name, target }): Finding[] => {
    const service = services.get(target);
    if (service === undefined) return [];
    const suspect = `ExternalSecret ${place}${name} writes into Secret ${place}${target}`;
    const truth = "its values are CloudNativePG's, and nothing from a store may be written there";
    return [{ service, check, suspect, truth, mend: commands.release(name) }];
  });
}
