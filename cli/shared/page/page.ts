import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Html, markup, prose } from "./html";

const read = (file: string) => fs.readFileSync(path.join(__dirname, file), "utf8");

/** How good a thing is. It decides a colour, and is said in words as well. */
export type Mood = "bad" | "warn" | "good";

export interface Page {
  readonly title: string;
  /** What it is about, a term and its text each. */
  readonly about: readonly (readonly [term: string, text: string | Html])[];
  readonly figures: readonly Figure[];
  readonly sections: readonly Section[];
  /** What made it, and what is not in it. */
  readonly foot: string;
}

export interface Figure {
  readonly value: string | number;
  readonly label: string;
  readonly mood?: Mood;
}

export interface Section {
  readonly heading: string;
  readonly body: Html;
}

/**
 * A page in one file. It fetches nothing and sends nothing: its policy allows the one style and the
 * one script that are in it, by their hashes, and nothing else.
 */
export function renderPage({ title, about, figures, sections, foot }: Page): string {
  const [style, script] = [read("page.css"), read("table.cjs")];
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy.join("; "))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${title}</h1>
<dl class="about">${about.map(([term, text]) => markup`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>
</header>
<main id="content">
<ul class="figures">${figures.map(figure)}</ul>
${sections.map(({ heading, body }) => markup`<section><h2>${heading}</h2>${body}</section>\n`)}</main>
<footer>${prose(foot)}</footer>
<script>${new Html(script)}</script>
</body>
</html>
`;
  return page.text;
}

function figure({ value, label, mood }: Figure): Html {
  return markup`<li class="${mood ?? "plain"}"><strong>${value}</strong> <span>${label}</span></li>`;
}

/** The hash of a text in an element, as a Content-Security-Policy has it. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
