import * as fs from "node:fs";
import * as os from "node:os";

/** Milliseconds of all processors since the machine began. */
export interface Processors {
  readonly busy: number;
  readonly all: number;
}

export function processors(): Processors {
  const times = os.cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { all, busy: all - times.reduce((sum, { idle }) => sum + idle, 0) };
}

/** The share of the processors' time since an earlier moment in which they had nothing to do. */
export function idleSince(before: Processors): number {
  const now = processors();
  return 1 - (now.busy - before.busy) / Math.max(1, now.all - before.all);
}

/** Linux counts a process's time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** This process's seconds of processor time, with the seconds of its children that have ended. */
export function ownSeconds(): number {
  // The name, which may hold spaces, ends with the last parenthesis; utime, stime, cutime and
  // cstime are the 12th to the 15th field after it (proc_pid_stat(5)).
  const stat = fs.readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}
