import { isWithin, title, type Change } from "../change";
import { restartedServices } from "../credentials";
import { code, list, type Entry, type Told } from "../entry";

/** The workloads that a rotation restarts: one annotation of their pods is the program's, and nothing else of them. */
export function tellRestarts(changes: readonly Change[]): Told {
  const about = changes.filter((one) => isWithin(one, "Restarts"));
  return { about, entries: about.map(tell) };
}

function tell(change: Change): Entry {
  const who = `${change.kind} ${code(title(change))}`;
  if (change.action === "left" || change.action === "delete") return { section: "other", who, what: "not restarted by rotations any more" };
  const services = restartedServices(change);
  return { section: "restarts", who, what: `once the new credential works${services.length === 0 ? "" : `: ${list(services.map(code))}`}` };
}
