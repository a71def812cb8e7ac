import { REPOSITORY } from "../../lab/paths";
import { projectDirectory } from "../stack/project";
import { renderFindings } from "./findings";
import { secretsOf } from "./mermaid";
import { ORIGINS, ownerBlocks } from "./ownerPage";
import { title } from "./owners";
import { idOf, producerInWords } from "./program";
import { code, table } from "../shared/tables";
import type { Inventory, InventoryOwner, InventoryReport, InventorySecret } from "./types";

/** The beginning of every page that is made, in this clone or in a project elsewhere. */
export const MADE_BY = /Made by `(?:npm run inventory --|npx cnpg-credentials inventory) --stack/;

/** An inventory in one piece: all Secrets, and what each owner has. What a command prints. */
export function renderMarkdown(inventory: Inventory, report?: InventoryReport): string {
  const anchor = (owner: InventoryOwner) => `[${title(owner)}](#${title(owner).toLowerCase().replaceAll(" ", "-")})`;
  const owners = inventory.owners.flatMap((owner) => ownerBlocks(inventory, owner, report));
  return page(inventory, anchor, report === undefined ? [] : [renderFindings(report)], owners);
}

/**
 * All Secrets of an inventory and whose they are: the page that is committed, beside the same as
 * JSON.
 */
export function renderOverview(inventory: Inventory): string {
  return page(inventory, title, [], []);
}

/**
 * Tables are not padded: a change of one row is a change of one line.
 * @param naming An owner, as a cell has it.
 */
function page(
  inventory: Inventory,
  naming: (owner: InventoryOwner) => string,
  findings: readonly string[],
  parts: readonly string[],
): string {
  const { stack, namespace, cluster, owners, secrets, atTimes } = inventory;
  const isClone = projectDirectory() === REPOSITORY;
  const blocks = [
    `# Secrets of stack ${stack}`,
    `Made by \`${isClone ? "npm run inventory --" : "npx cnpg-credentials inventory"} --stack ${stack} --write\` from Pulumi.${stack}.yaml and the catalogue. Do not edit it. ${isClone ? "[inventory.md](../inventory.md)" : "docs/inventory.md of the package"} explains it. It has no value of any Secret.`,
    `Namespace \`${namespace}\`, Cluster \`${cluster}\`, ${secrets.length} Secrets.`,
    table(["origin", "", "Secrets"], counts(secrets)),
    ...findings,
    "## Owners",
    table(
      ["owner", "", "Secrets"],
      owners.map((owner) => [naming(owner), owner.description, String(secretsOf(inventory, owner).length)]),
    ),
    "## All Secrets",
    table(
      ["Secret", "owner", "origin", "made by", "copy in Vault"],
      secrets.map((one) => [
        code(idOf(one)),
        naming(ownerOf(inventory, one)),
        one.origins.join(", "),
        producerInWords(one),
        one.mirror === undefined ? "" : code(one.mirror),
      ]),
    ),
    ...parts,
    ...(atTimes.length === 0
      ? []
      : [
          "## There at times",
          "These Secrets are not in the list above, and no difference when they are there.",
          table(
            ["Secret", "why"],
            atTimes.map((one) => [code(idOf(one)), one.why]),
          ),
        ]),
  ];
  return `${blocks.join("\n\n")}\n`;
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

/**
 * The JSON that is committed: a line for each owner and each Secret, so that a comparison of lines
 * shows what was changed.
 */
export function renderCompact(inventory: Inventory): string {
  const { owners, secrets, ...rest } = inventory;
  const listed = (items: readonly object[]) => `[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
  return `${JSON.stringify(rest).slice(0, -1)},"owners":${listed(owners)},"secrets":${listed(secrets)}}\n`;
}

/** The inventory in such a text; `undefined` for a text that is not one. */
export function parseCompact(text: string): Inventory | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<Inventory> | null;
    return parsed?.schema === 1 && Array.isArray(parsed.owners) && Array.isArray(parsed.secrets) ? (parsed as Inventory) : undefined;
  } catch {
    return undefined;
  }
}
