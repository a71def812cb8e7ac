import { visible } from "../../../config/visible";

/** Markup. Every text that is put into it has been escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | readonly Html[] | string | number | undefined;

const ESCAPED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Markup with texts in it: a template's tag. It is not called `html`, as prettier would then add
 * spaces to it, and end the script's hash. A text is escaped for elements and for attributes in
 * quotation marks, and what nobody sees in it is made visible. The name of a Secret, an operator's
 * message and a role's name come from others, and say nothing to a browser.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((so, string, index) => so + (index === 0 ? "" : markupOf(parts[index - 1])) + string, ""));
}

/** Parts in a row. */
export function join(parts: readonly Html[], separator = ""): Html {
  return new Html(parts.map(({ text }) => text).join(separator));
}

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return visible(String(part)).replace(/[&<>"']/g, (one) => ESCAPED[one]!);
  return part.map(({ text }) => text).join("");
}

/** A name as it is written, in a fixed width. */
export const code = (name: string): Html => markup`<code>${name}</code>`;

/** A sentence. What is in backquotes is a name or a command. */
export function prose(text: string | Html): Html {
  if (text instanceof Html) return text;
  return join(text.split("`").map((part, index) => (index % 2 === 1 ? code(part) : markup`${part}`)));
}

/** Terms, each with its text. */
export function terms(all: readonly (readonly [term: string, text: string | Html])[]): Html {
  return markup`<dl>${all.map(([term, text]) => markup`<dt>${term}</dt><dd>${prose(text)}</dd>`)}</dl>`;
}

/** A list. @param kind Its class. */
export function items(all: readonly (string | Html)[], kind = "points"): Html {
  return markup`<ul class="${kind}">${all.map((one) => markup`<li>${prose(one)}</li>`)}</ul>`;
}

/** What is wrong, with what to do about it. */
export function finding(heading: string, about: Parameters<typeof terms>[0]): Html {
  return markup`<div class="finding"><h3>${heading}</h3>${terms(about)}</div>\n`;
}
