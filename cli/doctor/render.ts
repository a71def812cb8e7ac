import { visible } from "../../config/visible";
import { paint } from "../shared/colour";
import type { Check, State } from "./checks";

/**
 * The report of `doctor`; `-o json` prints it as it is. Fields are added, never changed, while
 * `schema` stays.
 */
export interface DoctorReport {
  readonly schema: 1;
  readonly stack: string;
  /** Where the cluster is, as far as one is named. */
  readonly place: string;
  /** Nothing is missing that an `up` needs. */
  readonly clean: boolean;
  readonly checks: readonly Check[];
}

const COLOURS = { ok: "green", missing: "red", advice: "yellow", unknown: "yellow" } as const;
const ORDER: readonly State[] = ["missing", "advice", "unknown", "ok"];
const INDENT = " ".repeat(12);

/** Missing things last, where a terminal stands; the lines that help below each. */
export function renderText({ place, clean, checks }: DoctorReport): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const line = ({ name, state, found, fix }: Check) => [
    `  ${paint(COLOURS[state], state.padEnd(8))}  ${name.padEnd(width)}  ${visible(found)}`,
    ...(state === "ok" ? [] : fix.map((one) => `${INDENT}${visible(one)}`)),
  ];
  const sorted = [...checks].sort((one, other) => ORDER.indexOf(other.state) - ORDER.indexOf(one.state));
  const missing = checks.filter(({ state }) => state === "missing").length;
  const sum = clean ? "Nothing is missing that `up` needs." : `${missing} of ${checks.length} missing: \`up\` would fail.`;
  return [place, "", ...sorted.flatMap(line), "", `${sum} Nothing was changed.`].join("\n");
}
