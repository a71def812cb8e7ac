import { columns } from "../../cli/shared/tables";
import { spread, type Spread } from "./statistics";

export type Unit = "s" | "ms" | "MB" | "kB" | "ratio" | "count";

/** One line of the result: what was measured, and what the goal is where there is one. Nothing is made of a missed goal but what the reader makes of it. */
export interface Figure extends Spread {
  part: string;
  what: string;
  unit: Unit;
  goal?: number;
}

/** Seconds, bytes and ratios as measured, in the figure's unit. */
const SCALE: Record<Unit, number> = { s: 1, ms: 1e3, MB: 1e-6, kB: 1e-3, ratio: 1, count: 1 };
const DIGITS: Record<Unit, number> = { s: 2, ms: 1, MB: 0, kB: 0, ratio: 2, count: 0 };

export function figure(part: string, what: string, unit: Unit, values: readonly number[], goal?: number): Figure {
  return { part, what, unit, ...spread(values.map((value) => value * SCALE[unit])), ...(goal === undefined ? {} : { goal }) };
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ part, what, unit, min, median, runs, goal }) => {
    const show = (value: number) => value.toFixed(DIGITS[unit]);
    return [part, what, show(median), show(min), unit === "count" ? "" : unit, String(runs), goal === undefined ? "" : `<= ${goal}`];
  });
  return columns([["PART", "FIGURE", "MEDIAN", "MIN", "UNIT", "RUNS", "GOAL"], ...rows]);
}
