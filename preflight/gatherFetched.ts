import type { Ask } from "../kube/client";
import { EXTERNAL_SECRET } from "../kube/externalSecrets";
import { gatherElsewhere } from "./outsideNamespace";
import { marksByName } from "./marks";
import type { FetchedFacts, FetchedSecret, Elsewhere } from "./types";

/** The ExternalSecrets of a namespace, as objects that are made there. */
export function fetchedInto(namespace: string, secrets: readonly FetchedSecret[]): Elsewhere {
  const here = secrets.filter((secret) => secret.namespace === namespace);
  return { namespace, objects: here.map(({ name }) => ({ resource: EXTERNAL_SECRET, name })) };
}

/**
 * Asks of each namespace that something is fetched into what is there; names and marks alone, no
 * Secret's data. Each Secret by its name: the right to list those of somebody else's namespace is
 * the right to read them all.
 */
export async function gatherFetched(ask: Ask, secrets: readonly FetchedSecret[], isPreview?: boolean): Promise<FetchedFacts> {
  const namespaces = [...new Set(secrets.map(({ namespace }) => namespace))];
  const places = namespaces.map(async (namespace) => {
    const names = secrets.filter((one) => one.namespace === namespace).map(({ name }) => name);
    const [facts, live] = await Promise.all([
      gatherElsewhere(ask, fetchedInto(namespace, secrets), isPreview),
      marksByName(ask, `/api/v1/namespaces/${namespace}/secrets`, names),
    ]);
    return [namespace, { ...facts, secrets: live }] as const;
  });
  return Object.fromEntries(await Promise.all(places));
}
