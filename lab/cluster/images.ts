import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import type { Image } from "../images/image";
import { isMissing } from "../paths";
import { insideSandbox } from "./sandbox";

/** What the node has: the archives of its images, by what manifests call them. */
type Imported = Readonly<Record<string, string>>;

/** Gives the node the images that it does not have; its store of images outlives the sandbox. */
export async function importImages(directory: string, images: readonly Image[]): Promise<void> {
  const record = path.join(directory, "imported.json");
  const imported = await readRecord(record);
  const missing = missingImages(imported, images);
  if (missing.length === 0) return;
  const ctr = async (...args: string[]) => {
    const [file, ...rest] = await insideSandbox(directory, ["ctr", "--namespace=k8s.io", ...args]);
    await execa(file, rest);
  };
  await Promise.all(missing.map(({ archive }) => ctr("images", "import", archive)));
  const added = Object.fromEntries(missing.map(({ reference, archive }) => [reference, archive]));
  await fs.writeFile(record, JSON.stringify({ ...imported, ...added }));
}

/** The images that the node does not have: an image may change under the name it is known by. */
export function missingImages(imported: Imported, images: readonly Image[]): readonly Image[] {
  return images.filter(({ reference, archive }) => imported[reference] !== archive);
}

async function readRecord(file: string): Promise<Imported> {
  try {
    const record = JSON.parse(await fs.readFile(file, "utf8")) as Imported | string[];
    // Labs of earlier versions listed archives without names.
    return Array.isArray(record) ? {} : record;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return {};
    throw error;
  }
}
