import { columns } from "../../cli/shared/tables";
import { spread, type Spread } from "./statistics";

export type Unit = "s" | "ms" | "MB" | "kB" | "ratio" | "count";

/** One line of the result: what was measured, and what it is to be at most, where there is a bound. */
export interface Figure extends Spread {
  part: string;
  what: string;
  unit: Unit;
  bound?: number;
}

/** Seconds, bytes and ratios as measured, in the figure's unit. */
const SCALE: Record<Unit, number> = { s: 1, ms: 1e3, MB: 1e-6, kB: 1e-3, ratio: 1, count: 1 };
const DIGITS: Record<Unit, number> = { s: 2, ms: 1, MB: 0, kB: 0, ratio: 2, count: 0 };

export function figure(part: string, what: string, unit: Unit, values: readonly number[], bound?: number): Figure {
  return { part, what, unit, ...spread(values.map((value) => value * SCALE[unit])), ...(bound === undefined ? {} : { bound }) };
}

/** Those that are more than they are to be. What was not measured is not within a bound. */
export function broken(figures: readonly Figure[]): Figure[] {
  return figures.filter(({ median, bound }) => bound !== undefined && !(median <= bound));
}

export function figureTable(figures: readonly Figure[]): string {
  const missed = new Set(broken(figures));
  const rows = figures.map((one) => {
    const { part, what, unit, min, median, runs, bound } = one;
    const show = (value: number) => value.toFixed(DIGITS[unit]);
    const verdict = bound === undefined ? ["", ""] : [`<= ${bound}`, missed.has(one) ? "BROKEN" : "met"];
    return [part, what, show(median), show(min), unit === "count" ? "" : unit, String(runs), ...verdict];
  });
  return columns([["PART", "FIGURE", "MEDIAN", "MIN", "UNIT", "RUNS", "TARGET", ""], ...rows]);
}
