import * as fs from "node:fs/promises";
import * as path from "node:path";
import { MADE_BY } from "./markdown";
import { overviewOf } from "./pages";
import { compareText } from "../shared/sort";
import { firstDifference, staleness } from "./stale";
import type { Inventory } from "./types";

/** Where inventories are committed, below the root of the repository. */
export const PAGES = "docs/inventory";

/** The stacks that have an overview there. */
export async function stacksWithPages(root: string): Promise<string[]> {
  const files = await orIfAbsent(fs.readdir(path.join(root, PAGES)), []);
  return files.filter((file) => file.endsWith(".md")).map((file) => path.basename(file, ".md"));
}

/** Makes the pages what they should be, and removes those of owners that are gone. @returns The paths of the latter. */
export async function writePages(root: string, inventory: Inventory, pages: ReadonlyMap<string, string>): Promise<string[]> {
  const directory = path.join(root, PAGES);
  await fs.mkdir(path.join(directory, inventory.stack), { recursive: true });
  for (const [file, page] of pages) await fs.writeFile(path.join(directory, file), page);
  const gone = await leftOver(directory, inventory.stack, pages);
  for (const file of gone) await fs.rm(path.join(directory, file));
  return gone.map((file) => path.posix.join(PAGES, file));
}

/** How the pages that were committed differ from what they should be, in words, a line each but for the overview; nothing when they do not. */
export async function comparePages(root: string, inventory: Inventory, pages: ReadonlyMap<string, string>): Promise<string[]> {
  const directory = path.join(root, PAGES);
  const lines: string[] = [];
  for (const [file, page] of pages) {
    const name = path.posix.join(PAGES, file);
    const committed = await orIfAbsent(fs.readFile(path.join(directory, file), "utf8"), undefined);
    if (file === overviewOf(inventory.stack)) {
      const stale = staleness(committed, page, inventory);
      if (stale.length > 0) lines.push(`${name} is stale:`, ...stale.map((line) => `  - ${line}`));
    } else if (committed === undefined) lines.push(`${name} is missing`);
    else if (committed !== page) lines.push(`${name} is stale: the text differs from line ${firstDifference(committed, page)} on`);
  }
  const gone = await leftOver(directory, inventory.stack, pages);
  return [...lines, ...gone.map((file) => `${path.posix.join(PAGES, file)} is left over: there is no such owner`)];
}

/** Pages that were made, and would not be now. What somebody else put beside them stays. */
async function leftOver(directory: string, stack: string, pages: ReadonlyMap<string, string>): Promise<string[]> {
  const present = await orIfAbsent(fs.readdir(path.join(directory, stack)), []);
  const others = present.map((file) => path.posix.join(stack, file)).filter((file) => file.endsWith(".md") && !pages.has(file));
  const made = await Promise.all(others.map(async (file) => (await fs.readFile(path.join(directory, file), "utf8")).includes(MADE_BY)));
  return others.filter((_, index) => made[index]).sort(compareText);
}

async function orIfAbsent<T, U>(found: Promise<T>, instead: U): Promise<T | U> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return instead;
  });
}
