import type { Problem } from "../config/problem";
import { checkReferences, KEY } from "../vault/fixtures";
import type { Fixtures } from "../vault/fixture";
import { parseRemoteRef, referenceOf, type RemoteRef, type RemoteRefMap } from "../vault/remoteRef";
import type { ExternalSecretRecord } from "./externalSecret";

/** One key of a Secret, with where Vault has it. */
export interface FetchedKey {
  readonly secretKey: string;
  readonly remoteRef: RemoteRefMap & { readonly property: string };
}

/**
 * What a record fetches, key by key: so one that Vault lacks is named, here and by External Secrets, and whoever waits for the Secret knows its keys.
 * @param mount The kv mount, which the store has already and some write in front of a path nevertheless.
 */
export function fetchedKeys(
  owner: string,
  record: ExternalSecretRecord,
  fixtures: Fixtures,
  mount: string,
): { data: FetchedKey[]; problems: Problem[] } {
  const by = `ExternalSecret/${record.name}`;
  const from = normalise(record.from ?? `${owner}/${record.name}`, mount);
  if ("message" in from || from.property !== undefined) {
    const message = "message" in from ? from.message : `\`${from.key}#${from.property}\` is one key`;
    return { data: [], problems: [{ path: `${by}.from`, message, remedy: "name the path whose keys are meant" }] };
  }
  const problems: Problem[] = [];
  const data: FetchedKey[] = [];
  const add = (secretKey: string, reference: RemoteRef) => {
    const path = `${by}.${secretKey}`;
    const normal = normalise(reference, mount);
    if (!KEY.test(secretKey) || secretKey.length > 253)
      problems.push({ path, message: "is not a key of a Kubernetes Secret", remedy: "use letters, digits, `-`, `_` and `.`" });
    if ("message" in normal) return void problems.push({ path, message: normal.message, remedy: "correct it" });
    if (normal.metadataPolicy === "Fetch")
      problems.push({ path, message: "asks for metadata, which the store may not read", remedy: "take `metadataPolicy` out" });
    const remoteRef = { ...normal, property: normal.property ?? secretKey };
    problems.push(...checkReferences(fixtures, [{ by: path, path: remoteRef.key, property: remoteRef.property }]));
    data.push({ secretKey, remoteRef });
  };
  const { keys } = record;
  if (keys === undefined) {
    problems.push(...checkReferences(fixtures, [{ by, path: from.key }]));
    for (const key of Object.keys(fixtures[from.key] ?? {})) add(key, from);
  } else if (isList(keys)) for (const key of keys) add(key, from);
  else for (const [key, reference] of Object.entries(keys)) add(key, reference);
  if (data.length === 0 && problems.length === 0)
    problems.push({ path: by, message: "has no keys", remedy: "name those that are read, or leave `keys` out for all that Vault has" });
  return { data, problems };
}

/** A reference with its path below the mount; or what is wrong with it. */
function normalise(reference: RemoteRef, mount: string): RemoteRefMap | { message: string } {
  try {
    return { ...parseRemoteRef(reference), key: referenceOf(reference, mount).path };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

function isList(keys: NonNullable<ExternalSecretRecord["keys"]>): keys is readonly string[] {
  return Array.isArray(keys);
}
