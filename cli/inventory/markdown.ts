import { renderFindings } from "./findings";
import { secretsOf } from "./mermaid";
import { ORIGINS, ownerBlocks } from "./ownerPage";
import { title } from "./owners";
import { idOf, producerInWords } from "./program";
import { code, table } from "../shared/tables";
import type { Inventory, InventoryOwner, InventoryReport, InventorySecret } from "./types";

/** What every page that is made says of itself, less the stack. */
export const MADE_BY = "Made by `npm run inventory -- --stack";

/** An inventory in one piece: the overview, and in it what each owner has. */
export function renderMarkdown(inventory: Inventory, report?: InventoryReport): string {
  const anchor = (owner: InventoryOwner) => `#${title(owner).toLowerCase().replaceAll(" ", "-")}`;
  const owners = inventory.owners.flatMap((owner) => ownerBlocks(inventory, owner, { level: 2, ...(report && { report }) }));
  return overview(inventory, anchor, report === undefined ? [] : [renderFindings(report)], owners);
}

/**
 * All Secrets of an inventory and whose they are, then the same as JSON, a Secret a line, so that a change is read as one. Tables are not padded for the same reason.
 * @param href Where an owner's name leads.
 */
export function renderOverview(inventory: Inventory, href: (owner: InventoryOwner) => string): string {
  return overview(inventory, href, [], []);
}

function overview(
  inventory: Inventory,
  href: (owner: InventoryOwner) => string,
  findings: readonly string[],
  parts: readonly string[],
): string {
  const { stack, namespace, cluster, owners, secrets, atTimes } = inventory;
  const link = (owner: InventoryOwner) => `[${title(owner)}](${href(owner)})`;
  return [
    `# Secrets of stack ${stack}`,
    `${MADE_BY} ${stack} --write\` from Pulumi.${stack}.yaml and the catalogue, and not edited; what it says and how it is used: [inventory.md](../inventory.md). There is no value of any Secret in it.`,
    `Namespace \`${namespace}\`, Cluster \`${cluster}\`, ${secrets.length} Secrets.`,
    table(["origin", "", "Secrets"], counts(secrets)),
    ...findings,
    "## Whose they are",
    table(
      ["owner", "", "Secrets"],
      owners.map((owner) => [link(owner), owner.description, String(secretsOf(inventory, owner).length)]),
    ),
    "## All of them",
    table(
      ["Secret", "of", "origin", "made by", "copy in Vault"],
      secrets.map((one) => [
        code(idOf(one)),
        link(ownerOf(inventory, one)),
        one.origins.join(", "),
        producerInWords(one),
        one.mirror === undefined ? "" : code(one.mirror),
      ]),
    ),
    ...parts,
    ...(atTimes.length === 0
      ? []
      : [
          "## At times",
          "Not among those above, and no difference when they are there.",
          table(
            ["Secret", "why"],
            atTimes.map((one) => [code(idOf(one)), one.why]),
          ),
        ]),
    "## As JSON",
    `\`\`\`json\n${renderCompact(inventory)}\n\`\`\`\n`,
  ].join("\n\n");
}

function counts(secrets: readonly InventorySecret[]): string[][] {
  return Object.entries(ORIGINS).flatMap(([origin, meaning]) => {
    const count = secrets.filter(({ origins }) => (origins as readonly string[]).includes(origin)).length;
    return count === 0 ? [] : [[origin, meaning, String(count)]];
  });
}

function ownerOf({ owners }: Inventory, { owner, ownerKind }: InventorySecret): InventoryOwner {
  return owners.find(({ kind, name }) => kind === ownerKind && name === owner)!;
}

/** JSON with a line for each owner and each Secret: what was changed is what a comparison of lines shows. */
export function renderCompact(inventory: Inventory): string {
  const { owners, secrets, ...rest } = inventory;
  const listed = (items: readonly object[]) => `[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
  return `${JSON.stringify(rest).slice(0, -1)},"owners":${listed(owners)},"secrets":${listed(secrets)}}`;
}

/** The inventory in a page; `undefined` for a page without one. */
export function parseMarkdown(page: string): Inventory | undefined {
  const json = /\n```json\n([\s\S]*?)\n```\n/.exec(page)?.[1];
  try {
    const parsed = json === undefined ? undefined : (JSON.parse(json) as Partial<Inventory>);
    return parsed?.schema === 1 && Array.isArray(parsed.owners) && Array.isArray(parsed.secrets) ? (parsed as Inventory) : undefined;
  } catch {
    return undefined;
  }
}
