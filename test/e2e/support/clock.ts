import { setTimeout as pause } from "node:timers/promises";
import { eventually as repeat } from "../../../lab/wait";

/** Where the time of a file of tests goes, in milliseconds. */
export interface Times {
  /** Of each `up`, in order. */
  readonly ups: readonly number[];
  /** Waiting for what another program does, `up`s not counted. */
  readonly waiting: number;
}

type Span = readonly [from: number, to: number];

const ups: number[] = [];
const waits: Span[] = [];

/** Runs an `up` and counts its time. */
export async function timedUp<T>(work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  return await work().finally(() => ups.push(performance.now() - from));
}

/** Waits for something, and counts the time as waiting. */
export async function waiting<T>(work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  return await work().finally(() => waits.push([from, performance.now()]));
}

/** The counts since the process began. What is waited for at once counts once. */
export function times(): Times {
  let [sum, end] = [0, 0];
  for (const [from, to] of waits.toSorted(([one], [other]) => one - other)) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return { ups: [...ups], waiting: sum };
}

/** `eventually` of the lab, counted as waiting. */
export const eventually: typeof repeat = (limit, attempt) => waiting(() => repeat(limit, attempt));

export const sleep = (ms: number): Promise<void> => waiting(() => pause(ms));

/**
 * Repeats assertions until they hold, and returns what they return: for whatever another program brings about when it comes to it.
 * @throws what the last attempt threw, with the time that has passed
 */
export async function holds<T>(assertions: () => Promise<T> | T, { seconds = 60, everyMs = 500 } = {}): Promise<T> {
  let last: unknown;
  const expired = () =>
    new Error(`does not hold after ${seconds} s: ${last instanceof Error ? last.message : String(last)}`, { cause: last });
  const { value } = await eventually({ seconds, everyMs, expired }, async () => {
    try {
      return { value: await assertions() };
    } catch (error) {
      last = error;
      return undefined;
    }
  });
  return value;
}
