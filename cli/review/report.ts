import type { ServiceRecord } from "../../catalog/record";
import { changesOf, type Change } from "./change";
import { credentialChanges, takenOver } from "./credentials";
import { SECTIONS, type Entry, type Section, type Told } from "./entry";
import { tellCluster } from "./parts/cluster";
import { tellDatabases } from "./parts/databases";
import { tellFetched } from "./parts/externalSecrets";
import { tellLogins } from "./parts/logins";
import { tellOthers, tellUnprotected } from "./parts/others";
import { tellRestarts } from "./parts/restarts";
import { tellVault } from "./parts/vault";
import type { Preview } from "./preview";
import { readSaid, type Said } from "./diagnostics";

/** A preview in the words of those whom it concerns. Nothing in it is secret. */
export interface Review {
  /** Fields are added, never changed, while it stays. */
  readonly schema: 1;
  readonly stack: string;
  /** `failed`: nothing could be brought up as it is. `destructive`: something ends that is in use or cannot be had back. */
  readonly verdict: "nothing" | "harmless" | "destructive" | "failed";
  readonly said: Said;
  /** By section, in order; those without entries are left out. */
  readonly sections: readonly { readonly section: Section; readonly title: string; readonly entries: readonly Entry[] }[];
  /** How many resources, by what the engine does with them. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Reads a preview.
 *
 * @param hasFailed whether the engine ended badly, whatever it has said
 * @param records the stack's catalogue; absent: the program's own
 */
export function review(stack: string, preview: Preview, hasFailed: boolean, records?: readonly ServiceRecord[]): Review {
  const changes = changesOf(preview);
  const entries = [...tellAll(changes, records), ...tellUnprotected(changes)];
  const said = readSaid(preview);
  const sections = (Object.keys(SECTIONS) as Section[]).flatMap((section) => {
    const own = entries.filter((entry) => entry.section === section);
    return own.length === 0 ? [] : [{ section, title: SECTIONS[section], entries: own }];
  });
  return { schema: 1, stack, verdict: verdictOf(said, sections, hasFailed), said, sections, counts: preview.counts };
}

/** The first part that knows a resource describes it; the last part describes the rest. */
function tellAll(changes: readonly Change[], records: readonly ServiceRecord[] | undefined): Entry[] {
  const credentials = credentialChanges(changes.filter(hasWord), records);
  const taken = takenOver(credentials);
  const tellers: readonly ((left: readonly Change[]) => Told)[] = [
    (left) => tellCluster(left, taken),
    (left) => tellDatabases(left, taken),
    (left) => tellLogins(left, credentials),
    tellRestarts,
    tellFetched,
    tellVault,
    tellOthers,
  ];
  let left = changes;
  const entries: Entry[] = [];
  for (const tell of tellers) {
    const told = tell(tell === tellOthers ? left : left.filter(hasWord));
    entries.push(...told.entries);
    left = left.filter((one) => !told.about.includes(one));
  }
  return entries;
}

/** What the engine has a word for that is not known here is never told of by its kind. */
const hasWord = ({ action }: Change) => action !== "other";

function verdictOf(said: Said, sections: Review["sections"], hasFailed: boolean): Review["verdict"] {
  if (hasFailed || said.errors.length > 0 || said.isRefused) return "failed";
  if (sections.some(({ section }) => section === "destroys")) return "destructive";
  return sections.length === 0 ? "nothing" : "harmless";
}

/** 0: nothing is destroyed, 1: something is, 2: the preview failed, or breaks a rule. */
export function exitCode({ verdict }: Pick<Review, "verdict">): 0 | 1 | 2 {
  return verdict === "failed" ? 2 : verdict === "destructive" ? 1 : 0;
}
