import type { Difference, InventoryReport } from "./types";
import { visible } from "../../config/visible";
import { code, table } from "../shared/tables";

/** What else was found, for people. */
export function listDifferences(differences: readonly Difference[]): string {
  return differences
    .flatMap(({ about, source, what, remedy }, index) => [`${index + 1}. ${source}: ${about} ${what}`, `   remedy: ${remedy}`])
    .map(visible)
    .join("\n");
}

/** The verdict in a line. */
export function verdict({ stack, secrets, differences }: Pick<InventoryReport, "stack" | "secrets" | "differences">): string {
  const of = `${secrets.length} Secrets of stack ${stack}`;
  const count = differences.length;
  return count === 0 ? `No difference: ${of}` : `${count} difference${count === 1 ? "" : "s"}, ${of}`;
}

/** The same as a part of a page. */
export function renderFindings(report: InventoryReport): string {
  const { differences, others, notes } = report;
  return [
    "## Differences",
    verdict(report),
    ...(differences.length === 0
      ? []
      : [
          table(
            ["where", "about", "", "remedy"],
            differences.map(({ source, about, what, remedy }) => [source, code(about), what, remedy]),
          ),
        ]),
    ...(others.length === 0
      ? []
      : [
          "### Not of the program",
          table(
            ["where", "Secret", "keys", "belongs to"],
            others.map(({ source, where, namespace, name, keys, controller, kind }) => [
              where ?? source,
              code(`${namespace === undefined ? "" : `${namespace}/`}${name}`),
              keys.map(code).join(", "),
              controller ?? (kind === "SealedSecret" ? kind : ""),
            ]),
          ),
        ]),
    ...(notes.length === 0 ? [] : [`Notes:\n\n${notes.map((note) => visible(`- ${note}`)).join("\n")}`]),
  ].join("\n\n");
}
