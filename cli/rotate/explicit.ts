import { parse } from "yaml";
import { recordsIn } from "../../catalog/records";
import { catalogue } from "../../catalog/services";
import { selectServices, type Service } from "../../catalog/service";
import { parseStackFile } from "../../config/file";
import type { RotationEntry } from "../../config/rotation";
import { describeProblems } from "../../config/problem";
import { PROJECT, settingsIn } from "../../config/settings";
import { connect, METADATA_ONLY } from "../../kube/client";
import { STACK_LABEL } from "../../kube/marks";
import { marksOf, type Metadata } from "../../preflight/marks";
import type { Marks } from "../../preflight/types";
import { isDefault } from "../../rotation/entry";
import { generationsOf, observed, type LiveCredential } from "../../rotation/live";
import { FixableError } from "../../config/fixableError";
import { removeInText } from "../shared/stackText";
import { setEntry, type StackText } from "./edit";

/**
 * A stack's file that says of each service which logins there are, and what it says of those whose
 * logins are not the first ones.
 */
export interface Explicit {
  readonly text: string;
  readonly written: readonly (readonly [service: string, entry: RotationEntry])[];
}

/**
 * A stack's file in which generations were added up, as it is to be: what the cluster says of each
 * service, so that no password changes. An entry that is there already stays.
 *
 * @throws FixableError when there is another problem in it
 */
export function explicitForm({ stack: name, text }: StackText, secrets: readonly Marks[]): Explicit {
  const stripped = withoutOldForm(text);
  const loaded = parseStackFile(stripped, name);
  const selected = "problems" in loaded ? loaded : selectServices(recordsIn(loaded.stack.catalog)?.catalogue ?? catalogue, loaded.stack);
  if ("problems" in selected) throw new FixableError(describeProblems(`Configuration of stack ${name}`, selected.problems));
  const written = selected.services.flatMap((service): [string, RotationEntry][] => {
    if (Object.keys(service.rotation.entry).length > 0) return [];
    const entry = observed(service, liveOf(service, secrets));
    return isDefault(service.rotation.strategy, entry) ? [] : [[service.name, entry]];
  });
  // In their place, so that what is written beside them stays.
  return { text: withoutOldForm(written.reduce((so, [service, entry]) => setEntry(so, service, entry), text)), written };
}

/** A file without what is not a setting any more. */
export function withoutOldForm(text: string): string {
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const rotation = (settingsIn(config).rotation ?? {}) as {
    groups?: Record<string, object>;
    services?: Record<string, unknown>;
  };
  const numbers = Object.entries(rotation.services ?? {}).filter(([, entry]) => typeof entry === "number");
  const paths = [
    ["all"],
    ["retired"],
    ...Object.keys(rotation.groups ?? {}).map((group) => ["groups", group, "generation"]),
    ...numbers.map(([service]) => ["services", service]),
  ];
  return paths.reduce((so, path) => removeInText(so, ["config", `${PROJECT}:rotation`, ...path]), text);
}

/** The marks of a service's Secrets, of those that are this program's. */
function liveOf(service: Service, secrets: readonly Marks[]): LiveCredential {
  const find = (name: string) => secrets.find((one) => one.name === name && one.service === service.name);
  const application = find(service.secret);
  return { ...(application === undefined ? {} : { application }), generations: generationsOf(service.name, find) };
}

/**
 * The marks of a stack's Secrets, without what is in them.
 *
 * @throws FixableError when they are of several states, or may not be listed
 */
export async function secretsOf(target: { kubeconfig?: string; context?: string }, namespace: string, stack: string): Promise<Marks[]> {
  const { ask } = await connect(target);
  const selector = encodeURIComponent(`${STACK_LABEL}=${stack}`);
  const answer = await ask("GET", `/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`, { accept: METADATA_ONLY });
  if (answer.status !== 200)
    throw new FixableError(`the Secrets of ${namespace} cannot be listed (${answer.status})`, "use an account that may list them");
  const marks = ((answer.body as { items?: { metadata: Metadata }[] }).items ?? []).map(({ metadata }) => marksOf(metadata));
  const owners = [...new Set(marks.flatMap(({ owner }) => owner ?? []))];
  if (owners.length > 1)
    throw new FixableError(
      `the Secrets of stack ${stack} in ${namespace} belong to several states: ${owners.join(", ")}`,
      "remove those of the states that are lost",
    );
  return marks;
}
