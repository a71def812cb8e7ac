import { askAll, METADATA_ONLY, type Ask } from "../kube/client";
import { EXTERNAL_SECRET } from "../kube/externalSecrets";
import { gatherElsewhere } from "./outsideNamespace";
import { marksOf, type Metadata } from "./marks";
import { unlessForbidden } from "../kube/live";
import type { FetchedFacts, FetchedSecret, Elsewhere } from "./types";

/** The ExternalSecrets of a namespace, as objects that are made there. */
export function fetchedInto(namespace: string, secrets: readonly FetchedSecret[]): Elsewhere {
  const here = secrets.filter((secret) => secret.namespace === namespace);
  return { namespace, objects: here.map(({ name }) => ({ resource: EXTERNAL_SECRET, name })) };
}

/** Asks of each namespace that something is fetched into what is there; names and marks alone, no Secret's data. */
export async function gatherFetched(ask: Ask, secrets: readonly FetchedSecret[]): Promise<FetchedFacts> {
  const namespaces = [...new Set(secrets.map(({ namespace }) => namespace))];
  const places = namespaces.map(async (namespace) => {
    const [facts, answer] = await Promise.all([
      gatherElsewhere(ask, fetchedInto(namespace, secrets)),
      askAll(ask, `/api/v1/namespaces/${namespace}/secrets`, { accept: METADATA_ONLY }),
    ]);
    const live = unlessForbidden(answer, () =>
      ((answer.body.items ?? []) as { metadata: Metadata }[]).map(({ metadata }) => marksOf(metadata)),
    );
    return [namespace, { ...facts, secrets: live }] as const;
  });
  return Object.fromEntries(await Promise.all(places));
}
