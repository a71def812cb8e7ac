import { isWithin, title, type Change } from "../change";
import { groupBy } from "../../shared/sort";
import { code, count, type Entry, type Told } from "../entry";

const STATE = "random:index/randomId:RandomId";
const WORDS = { create: "new", update: "changed", import: "taken over", left: "left there, and not managed any more" } as const;

/**
 * Everything that nobody else tells of. What is deleted and not known is told as what is known and
 * dangerous.
 */
export function tellOthers(changes: readonly Change[]): Told {
  const entries = [...groupBy(changes.filter(isCounted), ({ action, kind }) => `${action} ${kind}`).values()].map(counted);
  return { about: changes, entries: [...changes.filter((one) => !isCounted(one)).flatMap(tell), ...entries] };
}

/** What was protected against deletion and is not any more, whatever it is. */
export function tellUnprotected(changes: readonly Change[]): Entry[] {
  const groups = groupBy(
    changes.filter(({ unprotected }) => unprotected),
    ({ kind }) => kind,
  );
  return [...groups.values()].flatMap((group) => {
    const who = group.length > FEW ? [count(group.length, group[0]!.kind)] : group.map((one) => `${one.kind} ${code(title(one))}`);
    return who.map((one) => ({ section: "destroys" as const, who: one, what: "not protected against deletion any more" }));
  });
}

/**
 * As many of a kind are named: a service's Secrets are. The Cluster is not to be looked for among
 * those of a whole stack.
 */
const FEW = 3;

type Counted = Change & { readonly action: keyof typeof WORDS };
const isCounted = (change: Change): change is Counted => change.action in WORDS;

function counted(changes: readonly Change[]): Entry {
  const [first] = changes as [Counted];
  const who = changes.length === 1 ? `${first.kind} ${code(title(first))}` : count(changes.length, first.kind);
  return { section: "other", who, what: WORDS[first.action] };
}

function tell(change: Change): Entry[] {
  const who = `${change.kind} ${code(title(change))}`;
  const entry = (section: Entry["section"], what: string): Entry[] => [{ section, who, what }];
  // Only its protection changes, which is reported of every resource.
  if (change.action === "kept") return [];
  if (change.action === "other") return entry("destroys", `\`${change.op}\`, for which there is no word here`);
  const how = change.action === "replace" ? "deleted and made again" : "deleted";
  if (isWithin(change, "Gate")) return entry("other", change.kind === "CronJob" ? `${how}: pipelines that run this gate find none` : how);
  if (isWithin(change, "NetworkPolicies")) return entry("destroys", `${how}: more pods reach what it was for`);
  if (isWithin(change, "CredentialAlerts", "VaultCertificateAlert")) return entry("other", `${how}: nothing is alerted by it`);
  if (change.type === STATE) return entry("destroys", `${how}: every object of the stack is somebody else's then`);
  return entry("destroys", how);
}
