import { plain } from "./colour";

/** Left-aligned columns, two spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => plain(row[column]!).length)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell + " ".repeat(widths[column]! - plain(cell).length)).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/** A table of Markdown's, not padded: a change of one row is a change of one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export const code = (text: string) => `\`${text}\``;
