import { idOf, isReady } from "./judge";
import type { LiveExternalSecret, LiveStore, Seen } from "./types";
import { type Get, list, listOrFind, find } from "../../kube/live";
import type { ExpectedSecret } from "../../catalog/expectedSecrets";
import { apiPath, EXTERNAL_SECRETS, objectsPath } from "../../kube/kinds/groups";

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}
interface Event {
  readonly involvedObject: { readonly name: string };
  readonly message?: string;
  readonly lastTimestamp?: string | null;
}

/** Looks at all Secrets with two or three lists a namespace, however many they are. */
export async function lookByList(get: Get, expected: readonly ExpectedSecret[]): Promise<Seen> {
  const seen = {
    externalSecrets: new Map<string, LiveExternalSecret>(),
    secrets: new Map<string, Set<string>>(),
    warnings: new Map<string, string>(),
  };
  const namespaces = [...new Set(expected.map(({ namespace }) => namespace))];
  await Promise.all(
    namespaces.map(async (namespace) => {
      const here = new Set(expected.filter((one) => one.namespace === namespace).map(({ name }) => name));
      const isFetched = expected.some((one) => one.namespace === namespace && one.source === "vault");
      const [made, secrets] = await Promise.all([
        isFetched ? list<LiveExternalSecret>(get, objectsPath(EXTERNAL_SECRETS, namespace, "externalsecrets")) : [],
        listOrFind<Secret>(get, `/api/v1/namespaces/${namespace}/secrets`, [...here]),
      ]);
      for (const one of made) seen.externalSecrets.set(idOf({ namespace, name: one.metadata.name }), one);
      for (const one of secrets)
        if (here.has(one.metadata.name)) seen.secrets.set(idOf({ namespace, name: one.metadata.name }), filled(one));
      if (made.some((one) => here.has(one.metadata.name) && !isReady(one)))
        for (const [name, text] of await lastWarnings(get, namespace)) seen.warnings.set(idOf({ namespace, name }), text);
    }),
  );
  return seen;
}

/** The same one by one, for an account that may look at these and no others. It is told no reasons. */
export async function lookByName(get: Get, expected: readonly ExpectedSecret[]): Promise<Seen> {
  const [externalSecrets, secrets] = [new Map<string, LiveExternalSecret>(), new Map<string, Set<string>>()];
  await Promise.all(
    expected.map(async (one) => {
      const { namespace, name, source } = one;
      const [made, secret] = await Promise.all([
        source === "vault" ? find<LiveExternalSecret>(get, objectsPath(EXTERNAL_SECRETS, namespace, "externalsecrets", name)) : undefined,
        find<Secret>(get, `/api/v1/namespaces/${namespace}/secrets/${name}`),
      ]);
      if (made !== undefined) externalSecrets.set(idOf(one), made);
      if (secret !== undefined) secrets.set(idOf(one), filled(secret));
    }),
  );
  return { externalSecrets, secrets, warnings: new Map() };
}

export async function lookAtStores(get: Get, names: readonly string[]): Promise<Map<string, LiveStore>> {
  const found = await Promise.all(names.map((name) => find<LiveStore>(get, `${apiPath(EXTERNAL_SECRETS)}/clustersecretstores/${name}`)));
  return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.metadata.name, one]])));
}

function filled({ data = {} }: Secret): Set<string> {
  return new Set(Object.keys(data).filter((key) => data[key] !== ""));
}

/** Its conditions say that something failed; what it was is in the events. Who may not see them has to do without. */
async function lastWarnings(get: Get, namespace: string): Promise<[name: string, text: string][]> {
  const selector = encodeURIComponent("involvedObject.kind=ExternalSecret,type=Warning");
  const { status, body } = await get(`/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}`);
  if (status !== 200) return [];
  const events = ((body as { items?: Event[] }).items ?? []).map((event) => ({ ...event, at: Date.parse(event.lastTimestamp ?? "") || 0 }));
  return events.sort((a, b) => a.at - b.at).map(({ involvedObject, message = "" }) => [involvedObject.name, message]);
}
