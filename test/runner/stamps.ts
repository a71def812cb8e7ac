// A check that passed need not be done again: the contents that it passed with are noted below
// node_modules, where a fresh clone has nothing.
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";

const CACHE = path.resolve(__dirname, "../../node_modules/.cache/cnpg-credentials");
const LEFT_OUT = new Set(["node_modules", ".git", "coverage", ".pulumi"]);

/**
 * A hash of the names and the contents of all files whose path matches. Of the packages, the lock
 * files are among them: what is installed is what they say.
 */
export async function inputsOf(root: string, wanted: RegExp): Promise<string> {
  const files: string[] = [];
  const read = async (directory: string): Promise<void> => {
    for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
      const at = path.join(directory, entry.name);
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) await read(at);
      else if (entry.isFile() && wanted.test(at)) files.push(at);
    }
  };
  await read(root);
  const hash = createHash("sha256").update(wanted.source);
  for (const file of files.sort()) {
    const content = await fs.readFile(file);
    hash.update(`\0${path.relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

const fileOf = (name: string) => path.join(CACHE, `${name.replaceAll(" ", "-")}.passed`);

export async function isKnownGood(name: string, stamp: string): Promise<boolean> {
  return (await readIfThere(fileOf(name))) === stamp;
}

export async function remember(name: string, stamp: string): Promise<void> {
  await write(fileOf(name), stamp);
}

const SECONDS = path.join(CACHE, "seconds.json");

/** How long each file of tests took when it was run last. */
export async function recordedSeconds(): Promise<Readonly<Record<string, number>>> {
  return JSON.parse((await readIfThere(SECONDS)) ?? "{}") as Record<string, number>;
}

export async function recordSeconds(seconds: Readonly<Record<string, number>>): Promise<void> {
  await write(SECONDS, JSON.stringify({ ...(await recordedSeconds()), ...seconds }));
}

async function readIfThere(file: string): Promise<string | undefined> {
  return fs.readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Whole or not at all: two runs may write at once. */
async function write(file: string, content: string): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  await fs.writeFile(beside, content);
  await fs.rename(beside, file);
}
