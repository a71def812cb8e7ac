import * as fs from "node:fs";
import * as path from "node:path";
import { format } from "prettier";
import { columns } from "../../cli/shared/tables";
import type { Row } from "./schedule";

const README = path.join(__dirname, "README.md");

/** How long each file took when README's table was written: the run begins with the longest. */
export const SECONDS: Readonly<Record<string, number>> = Object.fromEntries(
  [...fs.readFileSync(README, "utf8").matchAll(/^\| (\w+) +\| +(\d+) +\|/gm)].map(([, name, seconds]) => [name!, Number(seconds)]),
);

const whole = (seconds: number) => seconds.toFixed(0);
const longestFirst = (rows: readonly Row[]) => rows.toSorted((one, other) => other.seconds - one.seconds);

/**
 * A file's name, its seconds, how many `up`s took how many of them, how many were waiting, and its
 * processor time.
 */
function cells({ name, seconds, ups, waiting, processor }: Row): string[] {
  const inUps = ups.reduce((sum, up) => sum + up, 0);
  return [name, whole(seconds), ups.length === 0 ? "-" : `${ups.length} in ${whole(inUps)}`, whole(waiting), whole(processor)];
}

/** Where the time of a run went, a line a file, the longest first. */
export function tableOfSeconds(rows: readonly Row[]): string[] {
  return columns([["FILE", "SECONDS", "UPS", "WAITING", "PROCESSOR"], ...longestFirst(rows).map(cells)]).split("\n");
}

/** Writes the table of a whole run into the README: the next runs go by it. */
export async function record(rows: readonly Row[]): Promise<void> {
  const table = longestFirst(rows).map((row) => `| ${cells(row).join(" | ")} |`);
  const [head] = fs.readFileSync(README, "utf8").split(/^\| (?!file|-)/m);
  fs.writeFileSync(README, await format(`${head}${table.join("\n")}\n`, { filepath: README }));
}
