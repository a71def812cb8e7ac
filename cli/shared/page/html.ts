import { visible } from "../../../config/visible";

/** Markup. Every text that is put into it has been escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

type Part = Html | readonly Html[] | string | number | undefined;

const ESCAPED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Markup with texts in it: a template's tag. A text is escaped for elements and for attributes in
 * quotation marks, and what nobody sees in it is made visible. The name of a Secret, an operator's
 * message and a role's name come from others, and say nothing to a browser.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((so, string, index) => so + (index === 0 ? "" : markupOf(parts[index - 1])) + string, ""));
}

/** Parts in a row. */
export function join(parts: readonly Html[], separator = ""): Html {
  return new Html(parts.map(({ markup }) => markup).join(separator));
}

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (Array.isArray(part)) return (part as readonly Html[]).map(({ markup }) => markup).join("");
  return visible(String(part)).replace(/[&<>"']/g, (one) => ESCAPED[one]!);
}
