import { MADE_BY, renderOverview } from "./markdown";
import { ownerBlocks } from "./ownerPage";
import { sortBy } from "../shared/sort";
import type { Inventory, InventoryOwner } from "./types";

/** Where the overview of a stack is, below the directory of all pages. */
export function overviewOf(stack: string): string {
  return `${stack}.md`;
}

/**
 * Where the page of an owner is, below the same directory: `dev/graph.md`. The Cluster and Vault may be called what a service is, whose name has no dot.
 */
export function pageOf(
  { stack, owners }: Pick<Inventory, "stack" | "owners">,
  { kind, name }: Pick<InventoryOwner, "kind" | "name">,
): string {
  const isShared = owners.some((other) => other.name === name && other.kind !== kind);
  return `${stack}/${isShared ? `${kind}.` : ""}${name}.md`;
}

/**
 * The pages of a stack by their paths, the overview first.
 * @param others The inventories of other stacks that have pages: an owner's page leads to those that it has there.
 */
export function renderPages(inventory: Inventory, others: readonly Inventory[]): Map<string, string> {
  return new Map([
    [overviewOf(inventory.stack), renderOverview(inventory, (owner) => pageOf(inventory, owner))],
    ...inventory.owners.map((owner): [string, string] => [pageOf(inventory, owner), ownerPage(inventory, owner, others)]),
  ]);
}

function ownerPage(inventory: Inventory, owner: InventoryOwner, others: readonly Inventory[]): string {
  const { stack } = inventory;
  const elsewhere = sortBy(others, (other) => other.stack).flatMap((other) => {
    const there = other.owners.find((one) => isCounterpart(owner, one));
    return there === undefined ? [] : [`[${other.stack}](../${pageOf(other, there)})`];
  });
  const about = [
    [
      `Of the stack [${stack}](../${overviewOf(stack)}).`,
      ...(elsewhere.length === 0 ? [] : [`The same in ${elsewhere.join(", ")}.`]),
      "What to do, by the kind of Secret: [runbooks](../../runbooks/README.md).",
      `${MADE_BY} ${stack} --write\`, and not edited.`,
    ].join(" "),
  ];
  return `${ownerBlocks(inventory, owner, { level: 1, about }).join("\n\n")}\n`;
}

/** A stack has one Cluster and one Vault, whatever they are called. */
function isCounterpart({ kind, name }: InventoryOwner, other: InventoryOwner): boolean {
  return kind === other.kind && (name === other.name || kind === "cluster" || kind === "vault");
}
