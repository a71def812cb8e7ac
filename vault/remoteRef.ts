import type { Reference } from "./fixture";

/** What an ExternalSecret fetches, as a map: External Secrets' own words. */
export interface RemoteRefMap {
  readonly key: string;
  readonly property?: string;
  readonly version?: string;
  readonly decodingStrategy?: "None" | "Base64" | "Base64URL" | "Auto";
  readonly conversionStrategy?: "Default" | "Unicode";
  readonly metadataPolicy?: "None" | "Fetch";
}

/** The same, or in short: `path#property`, or `path` for all of it. */
export type RemoteRef = string | RemoteRefMap;

/**
 * A reference as External Secrets wants it.
 * @throws {Error} For a text that is no reference: nothing on one side of `#`, or more than one of
 * them.
 */
export function parseRemoteRef(reference: RemoteRef): RemoteRefMap {
  if (typeof reference !== "string") return reference;
  const [key = "", property, ...rest] = reference.split("#");
  if (key === "" || property === "" || rest.length > 0) throw new Error(`\`${reference}\` is not \`path#property\` or \`path\``);
  return property === undefined ? { key } : { key, property };
}

/**
 * What it needs in Vault.
 * @param mount The kv mount, which the store has already and some write in front of the path
 * nevertheless.
 */
export function referenceOf(reference: RemoteRef, mount: string): Reference {
  const { key, property } = parseRemoteRef(reference);
  const path = key.startsWith(`${mount}/`) ? key.slice(mount.length + 1) : key;
  return property === undefined ? { path } : { path, property };
}
