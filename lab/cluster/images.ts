import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import type { Image } from "../images/image";
import { isMissing } from "../paths";
import { insideSandbox } from "./sandbox";

/** Gives the node the images that it does not have; its store of images outlives the sandbox. */
export async function importImages(directory: string, images: readonly Image[]): Promise<void> {
  // Archives are told apart by their paths: an image may change under the name it is known by.
  const record = path.join(directory, "imported.json");
  const imported = await readRecord(record);
  const missing = images.map((image) => image.archive).filter((archive) => !imported.includes(archive));
  const ctr = async (...args: string[]) => {
    const [file, ...rest] = await insideSandbox(directory, ["ctr", "--namespace=k8s.io", ...args]);
    await execa(file, rest);
  };
  await Promise.all(missing.map((archive) => ctr("images", "import", archive)));
  await fs.writeFile(record, JSON.stringify(images.map((image) => image.archive)));
}

async function readRecord(file: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await fs.readFile(file, "utf8")) as string[];
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}
