import * as fs from "node:fs";
import * as path from "node:path";
import { columns } from "../../cli/columns";
import type { Result } from "./result";

/** A file that was run, and in which lane. */
export interface Row extends Result {
  readonly name: string;
  readonly lane: string;
}

const README = path.join(__dirname, "README.md");

/** How long each file took when README's table was written: the run begins with the longest. */
export const SECONDS: Readonly<Record<string, number>> = Object.fromEntries(
  [...fs.readFileSync(README, "utf8").matchAll(/^\| (\w+) +\| +(\d+) \|/gm)].map(([, name, seconds]) => [name!, Number(seconds)]),
);

/** Where the time of a run went, a line a file, the longest first. */
export function tableOfSeconds(rows: readonly Row[], wall: number): string[] {
  const whole = (seconds: number) => seconds.toFixed(0);
  const lines = rows
    .toSorted((one, other) => other.seconds - one.seconds)
    .map(({ name, lane, seconds, ups, waiting }) => {
      const inUps = ups.reduce((sum, up) => sum + up, 0);
      return [name, whole(seconds), ups.length === 0 ? "-" : `${ups.length} in ${whole(inUps)}`, whole(waiting), lane];
    });
  const lanes = [...new Set(rows.map(({ lane }) => lane))].sort();
  const busy = lanes.map(
    (lane) => `lane ${lane} ${whole(rows.filter((row) => row.lane === lane).reduce((sum, row) => sum + row.seconds, 0))} s`,
  );
  return [...columns([["FILE", "SECONDS", "UPS", "WAITING", "LANE"], ...lines]).split("\n"), `${whole(wall)} s in all; ${busy.join(", ")}`];
}
