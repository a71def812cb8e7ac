import { visible } from "../../config/visible";
import { plain } from "./colour";

/** Left-aligned columns, two spaces apart. */
export function columns(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(shown));
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => plain(row[column]!).length)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell + " ".repeat(widths[column]! - plain(cell).length)).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/** What others have written is made visible; the colours of this program's own stay. */
function shown(cell: string): string {
  return cell
    .split(/(\u001b\[3[1239]m)/)
    .map((part, index) => (index % 2 === 1 ? part : visible(part)))
    .join("");
}

/** A table of Markdown's, not padded: a change of one row is a change of one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => visible(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A name as code. Backquotes in it would end that. */
export const code = (text: string) => `\`${visible(text).replaceAll("`", "'")}\``;
