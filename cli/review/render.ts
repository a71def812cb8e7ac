import { groupBy } from "../shared/sort";
import { count, plural, type Entry } from "./entry";
import { blockLines, SCREEN, wrap, type Block, type Bullet } from "./lines";
import type { Review } from "./report";

/** As Markdown, for a pull request and for a terminal. @param all Everything, however long. */
export function renderMarkdown(review: Review, { all = false, marker = false }: { all?: boolean; marker?: boolean } = {}): string {
  const head = [...(marker ? [markerOf(review.stack)] : []), `## ${review.stack}: ${headline(review)}`, ""];
  const blocks = blocksOf(review);
  const tally = tallyOf(review);
  const folded = wrap(`${tally} Folded: \`--all\` tells everything.`);
  const { lines, isFolded } = blockLines(blocks, all ? Infinity : SCREEN.height - head.length - folded.length);
  return [...head, ...(isFolded ? folded : wrap(tally)), ...lines].join("\n");
}

export function renderJson(review: Review): string {
  return JSON.stringify(review, undefined, 2);
}

/**
 * The first line of a comment, which is not shown: what a workflow finds its comment of a stack by.
 */
export function markerOf(stack: string): string {
  return `<!-- cnpg-credentials review of ${stack} -->`;
}

function headline({ verdict, said }: Review): string {
  switch (verdict) {
    case "nothing":
      return "nothing changes";
    case "harmless":
      return "changes, none of them destructive";
    case "destructive":
      return "destructive changes";
    case "failed":
      return said.errors.length === 0 && said.isRefused ? "breaks rules of the policy pack" : "the preview failed";
  }
}

const COUNTS: Readonly<Record<string, string>> = {
  create: "new",
  update: "changed",
  replace: "replaced",
  delete: "deleted",
  same: "unchanged",
};

function tallyOf({ counts, said, verdict }: Review): string {
  const order = Object.keys(COUNTS);
  const parts = Object.entries(counts)
    .filter(([, number]) => number > 0)
    .sort(([one], [other]) => ((order.indexOf(one) + 99) % 99) - ((order.indexOf(other) + 99) % 99))
    .map(([op, number]) => `${number} ${COUNTS[op] ?? op}`);
  const resources = parts.length === 0 ? "No resource was looked at." : `Resources: ${parts.join(", ")}.`;
  const broken = said.violations?.length ?? 0;
  const pack = said.violations === undefined ? "not asked" : broken === 0 ? "no rule is broken" : `${count(broken, "violation")}`;
  return `${resources}${verdict === "failed" && said.errors.length > 0 ? " It came as far as that." : ""} Policy pack: ${pack}.`;
}

function blocksOf({ said, sections }: Review): Block[] {
  const lines = (title: string, all: readonly string[] = [], most = Infinity): Block[] =>
    all.length === 0 ? [] : [{ title, most, bullets: all.map((text) => ({ names: [], text })) }];
  return [
    ...lines("Why it failed", said.errors),
    ...lines("Broken rules", said.violations),
    // What is destroyed stays in sight.
    ...lines("Warnings", said.warnings, 3),
    ...sections.map(({ title, entries }) => ({ title, bullets: bulletsOf(entries) })),
  ];
}

/** As many names as are told with what is theirs alone. */
const DETAILED = 3;

/** What is said of several in the same words is said once. */
function bulletsOf(entries: readonly Entry[]): Bullet[] {
  return [...groupBy(entries, ({ what }) => what)].map(([text, same]) => {
    const byName = groupBy(same, ({ who }) => who);
    if (byName.size > DETAILED) return { names: byNoun([...byName.keys()]), text };
    const names = [...byName].map(([who, own]) => {
      const details = own.flatMap(({ detail }) => (detail === undefined ? [] : [detail]));
      return details.length === 0 ? who : `${who} (${byNoun(details).join(", ")})`;
    });
    return { names: names.length === same.length && !same.some(({ detail }) => detail !== undefined) ? byNoun(names) : names, text };
  });
}

/** What several things are is said once: `databases `a``, ``b``. */
function byNoun(names: readonly string[]): string[] {
  const nounOf = (name: string) => /^([A-Za-z0-9]+) `[^`]+`$/.exec(name)?.[1] ?? "";
  const groups = [...groupBy(names, nounOf)].sort(([one], [other]) => Number(one !== "") - Number(other !== ""));
  return groups.flatMap(([noun, all]) =>
    noun === "" || all.length === 1 ? all : all.map((name, index) => (index === 0 ? `${plural(noun)} ` : "") + name.slice(noun.length + 1)),
  );
}
