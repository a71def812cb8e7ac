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
