import * as fs from "node:fs";

/** Clock ticks a second in /proc, which Linux fixes at 100 for what user programs see. */
const TICKS = 100;

/** What has been seen of one process. */
export interface Seen {
  command: string;
  /** CPU seconds when it was last looked at. */
  cpu: number;
  /** The most memory it has had resident, in bytes. */
  peak: number;
}

/** CPU seconds of all descendants of this process that have ended and been waited for, those of their descendants included. */
export function reapedCpu(): number {
  const fields = stat("self")!;
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/** Looks at the descendants of a process and updates what is known of them; one whose parent has died stays known. */
export function observe(root: number, seen: Map<number, Seen>): void {
  const parents = new Map<number, number>();
  const cpu = new Map<number, number>();
  for (const name of fs.readdirSync("/proc")) {
    const fields = /^\d+$/.test(name) ? stat(name) : undefined;
    if (fields === undefined) continue;
    parents.set(Number(name), Number(fields[1]));
    cpu.set(Number(name), (Number(fields[11]) + Number(fields[12])) / TICKS);
  }
  for (const pid of parents.keys()) {
    if (!descends(pid, root, parents, seen)) continue;
    const status = read(`/proc/${pid}/status`);
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    const peak = Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    const known = seen.get(pid);
    // A process that has ended has neither a command nor memory, but has its CPU time.
    seen.set(pid, {
      command: command || (known?.command ?? ""),
      cpu: Math.max(cpu.get(pid)!, known?.cpu ?? 0),
      peak: Math.max(peak, known?.peak ?? 0),
    });
  }
}

function descends(pid: number, root: number, parents: ReadonlyMap<number, number>, seen: ReadonlyMap<number, Seen>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) if (at === root || seen.has(at)) return true;
  return false;
}

/** The fields after the command of /proc/<pid>/stat, which may hold anything: the state first. */
function stat(pid: string): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return ""; // It has ended.
  }
}
