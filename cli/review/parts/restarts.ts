import { ROLLED_OUT } from "../../../kube/marks";
import { isWithin, title, type Change } from "../change";
import { restartedServices } from "../credentials";
import { code, list, type Entry, type Told } from "../entry";

/**
 * The workloads that a rotation restarts: one annotation of their pods is the program's, and
 * nothing else of them.
 */
export function tellRestarts(changes: readonly Change[]): Told {
  const about = changes.filter((one) => isWithin(one, "Restarts"));
  const names = new Set(about.map(({ name }) => name));
  const isToldAlready = ({ name }: Change) => name.endsWith(ROLLED_OUT) && names.has(name.slice(0, -ROLLED_OUT.length));
  return { about, entries: about.filter((one) => !isToldAlready(one)).map(tell) };
}

function tell(change: Change): Entry {
  const who = `${change.kind} ${code(title(change))}`;
  if (change.action === "left" || change.action === "delete") return { section: "other", who, what: "not restarted by rotations any more" };
  if (change.name.endsWith(ROLLED_OUT)) return { section: "other", who, what: "waited for until the rollout has ended, and not restarted" };
  const services = restartedServices(change);
  return { section: "restarts", who, what: `once the new credential works${services.length === 0 ? "" : `: ${list(services.map(code))}`}` };
}
