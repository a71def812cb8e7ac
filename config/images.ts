/** How surely a reference of an image names one image: by its digest, by the tag of one release, or by one that moves from release to release. */
export type Pinning = "digest" | "release" | "floating";

const DIGEST = /@sha256:[0-9a-f]{64}$/;
/** Two numbers at least, and what else the publisher says of the release: `17.12-standard-bookworm`, `v2.2.2`. */
const RELEASE = /^v?\d+\.\d+/;

/** What the tag of a reference is, without a registry's port. */
function tagOf(reference: string): string {
  const name = reference.replace(/@.*$/, "");
  return /:([^:/]+)$/.exec(name)?.[1] ?? "";
}

export function pinningOf(reference: string): Pinning {
  if (DIGEST.test(reference)) return "digest";
  return !reference.includes("@") && RELEASE.test(tagOf(reference)) ? "release" : "floating";
}

/** An image that was put on the nodes by hand: no registry can give another under its name. */
export function isOfTheNode(reference: string): boolean {
  return reference.startsWith("localhost/");
}

/**
 * The newest minor release of each major one of Postgres that this version of the program knows of. Earlier ones have published faults by which a database's user becomes the
 * server's (CVE-2026-2004 to -2006, CVE-2026-6473, CVE-2026-6637). Source: the announcement of 14 May 2026 (18.4, 17.10, 16.14, 15.18, 14.23); 17 is what the stacks' files name. Bring it up to date with each release of this program.
 */
export const NEWEST_POSTGRES: Readonly<Record<number, number>> = { 14: 23, 15: 18, 16: 14, 17: 12, 18: 4 };

/** Earlier lines of HashiCorp's Vault get no fixes any more (CVE-2026-5807, for one). */
const OLDEST_VAULT = 2;

/** The release of Vault in the tag of an image, where its line gets no fixes any more. */
export function olderVault(reference: string): string | undefined {
  const isVault = /(?:^|\/)vault(?::[^/]*)?$/.test(reference.replace(/@.*$/, ""));
  const tag = tagOf(reference);
  const [, release, major] = /^v?((\d+)\.\d+(?:\.\d+)?)/.exec(tag) ?? [];
  // Enterprise has lines with longer support.
  return isVault && !/[-+_]ent/.test(tag) && release !== undefined && Number(major) < OLDEST_VAULT ? release : undefined;
}

/** The release of Postgres in the tag of an image, where there is one that this program knows a newer one of. */
export function olderPostgres(reference: string): { readonly found: string; readonly newest: string } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(tagOf(reference)) ?? [];
  const oldest = Math.min(...Object.keys(NEWEST_POSTGRES).map(Number));
  // Major releases before the oldest one get no fixes any more.
  if (major !== undefined && Number(major) < oldest) return { found: `${major}.${minor}`, newest: `${oldest}.${NEWEST_POSTGRES[oldest]}` };
  const newest = NEWEST_POSTGRES[Number(major)];
  if (newest === undefined || Number(minor) >= newest) return undefined;
  return { found: `${major}.${minor}`, newest: `${major}.${newest}` };
}
