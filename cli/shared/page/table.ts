import { join, markup, type Html } from "./html";
import type { Mood } from "./page";

export interface Column {
  readonly title: string;
  /** How its cells are ordered. @default "text" */
  readonly order?: "text" | "number";
}

export interface Cell {
  readonly body: Html | string;
  /**
   * By what it is ordered; without one, it is last in either order.
   * @default the body, where that is a text
   */
  readonly key?: string | number;
}

export interface Row {
  readonly mood?: Mood;
  readonly cells: readonly Cell[];
  /** By the names of the filters, what it is there. */
  readonly facets?: Readonly<Record<string, readonly string[]>>;
}

export interface Table {
  /** What it is a table of, for those who hear it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Filters beside the one by words, each with the values that its rows have. */
  readonly filters?: readonly string[];
}

/**
 * A table that a reader filters and sorts. Without a script it is a table: the controls are hidden
 * until the script (table.cjs) shows them.
 */
export function dataTable({ caption, columns, rows, filters = [] }: Table): Html {
  const values = (filter: string) => [...new Set(rows.flatMap(({ facets }) => facets?.[filter] ?? []))].sort();
  const options = (filter: string) => values(filter).map((one) => markup`<option>${one}</option>`);
  const select = (filter: string) =>
    markup`<label>${filter} <select data-filter="${filter}"><option value="">all</option>${options(filter)}</select></label>\n`;
  const head = ({ title, order = "text" }: Column) => markup`<th scope="col" data-order="${order}">${title}</th>`;
  return markup`<div class="data">
<form class="controls" hidden>
<label>Filter <input type="search" placeholder="every word that a row must have" autocomplete="off" spellcheck="false"></label>
${filters.filter((filter) => values(filter).length > 1).map(select)}<button type="reset">Show all</button>
<output></output>
</form>
<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map(head)}</tr></thead>
<tbody>
${rows.map(line)}</tbody>
</table>
</div>
</div>
`;
}

function line({ mood, cells, facets = {} }: Row): Html {
  const of = Object.keys(facets).length === 0 ? undefined : markup` data-facets="${JSON.stringify(facets)}"`;
  return markup`<tr${mood === undefined ? undefined : markup` class="${mood}"`}${of}>${cells.map(cell)}</tr>\n`;
}

function cell({ body, key = typeof body === "string" ? body : undefined }: Cell, index: number): Html {
  const by = key === undefined || key === body ? undefined : markup` data-key="${key}"`;
  // The first cell names the row.
  return index === 0 ? markup`<th scope="row"${by}>${body}</th>` : markup`<td${by}>${body}</td>`;
}

/** Names in a row, each in a box of its own. */
export function chips(names: readonly string[], kind?: string): Html {
  return join(
    names.map((name) => markup`<span class="chip ${kind === undefined ? "" : `${kind}-${name}`}">${name}</span>`),
    " ",
  );
}

/** How much of a limit is used up, as a bar. The number stands beside it. */
export function bar(value: number, limit: number): Html {
  const width = Math.max(1, Math.min(100, Math.round((value / limit) * 100)));
  const mood = value >= limit ? "bad" : value >= SOON * limit ? "warn" : "good";
  const filled = markup`<rect class="whole" width="100" height="4"/><rect width="${width}" height="4"/>`;
  return markup`<svg class="bar ${mood}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">${filled}</svg>`;
}

/** From so much of a limit on, it will be reached soon. */
export const SOON = 0.85;
