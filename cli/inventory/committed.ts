import * as fs from "node:fs/promises";
import * as path from "node:path";
import { MADE_BY, renderCompact, renderOverview } from "./markdown";
import { compareText } from "../shared/sort";
import { firstDifference, staleness } from "./stale";
import type { Inventory } from "./types";

/** Where inventories are committed, below the root of the repository. */
export const PAGES = "docs/inventory";

/** The two files of a stack, by their names below that directory. */
function filesOf(inventory: Inventory): readonly [page: readonly [string, string], data: readonly [string, string]] {
  const { stack } = inventory;
  return [
    [`${stack}.md`, renderOverview(inventory)],
    [`${stack}.json`, renderCompact(inventory)],
  ];
}

/** Their paths, for people. */
export function pathsOf({ stack }: Inventory): string {
  return ["md", "json"].map((kind) => path.posix.join(PAGES, `${stack}.${kind}`)).join(" and ");
}

/**
 * Makes the files what they should be, and removes the owners' pages of an earlier version.
 * @returns The paths of the latter.
 */
export async function writePages(root: string, inventory: Inventory): Promise<string[]> {
  const directory = path.join(root, PAGES);
  await fs.mkdir(directory, { recursive: true });
  for (const [file, text] of filesOf(inventory)) await fs.writeFile(path.join(directory, file), text);
  const gone = await leftOver(directory, inventory.stack);
  for (const file of gone) await fs.rm(path.join(directory, file));
  return gone.map((file) => path.posix.join(PAGES, file));
}

/**
 * How the committed files differ from what they should be, in words, a line each; nothing when they
 * do not.
 */
export async function comparePages(root: string, inventory: Inventory): Promise<string[]> {
  const directory = path.join(root, PAGES);
  const [[page, text], [data, json]] = filesOf(inventory);
  const [wasText, wasJson] = await Promise.all(
    [page, data].map((file) => orIfAbsent(fs.readFile(path.join(directory, file), "utf8"), undefined)),
  );
  const at = (file: string) => path.posix.join(PAGES, file);
  const stale = staleness(wasJson, json, inventory);
  const gone = await leftOver(directory, inventory.stack);
  return [
    ...(stale.length === 0 ? [] : [`${at(data)} is stale:`, ...stale.map((line) => `  - ${line}`)]),
    ...(wasText === undefined
      ? [`${at(page)} is missing`]
      : wasText === text
        ? []
        : [`${at(page)} is stale: the text differs from line ${firstDifference(wasText, text)} on`]),
    ...gone.map((file) => `${at(file)} is left over: there are no pages per owner any more`),
  ];
}

/**
 * Pages per owner, as earlier versions made them. A file that somebody else put beside them stays.
 */
async function leftOver(directory: string, stack: string): Promise<string[]> {
  const present = await orIfAbsent(fs.readdir(path.join(directory, stack)), []);
  const pages = present.map((file) => path.posix.join(stack, file)).filter((file) => file.endsWith(".md"));
  const made = await Promise.all(pages.map(async (file) => MADE_BY.test(await fs.readFile(path.join(directory, file), "utf8"))));
  return pages.filter((_, index) => made[index]).sort(compareText);
}

async function orIfAbsent<T, U>(found: Promise<T>, instead: U): Promise<T | U> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return instead;
  });
}
