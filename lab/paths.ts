import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { FixableError } from "../config/fixableError";

/** The root of the clone. */
export const REPOSITORY = path.dirname(__dirname);

/** Everything that the lab makes lies below this directory, outside the clone: a new clone finds it warm. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  // The XDG base directory specification has relative values ignored.
  const base = env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : path.join(os.homedir(), ".cache");
  return path.join(base, "cnpg-credentials");
}

/**
 * The directory of an npm package that this program depends on: in the clone's own `node_modules`,
 * or, of a program that is installed as a package, in those around it.
 */
export async function packageDirectory(name: string, from: string = REPOSITORY): Promise<string> {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const found = path.join(directory, "node_modules", name);
    const isThere = await fs.access(path.join(found, "package.json")).then(
      () => true,
      () => false,
    );
    if (isThere) return found;
    if (directory === path.dirname(directory))
      throw new FixableError(`the npm package ${name} is not installed`, "install the dependencies of this program: `npm install`");
  }
}

/** The lab of a clone: named after its path, so that two clones on one machine have two labs. */
export function labName(repository: string = REPOSITORY): string {
  return createHash("sha256").update(path.resolve(repository)).digest("hex").slice(0, 8);
}

/** Where the labs of this machine keep their state, one directory each. */
export const labsDirectory = (): string => path.join(cacheDirectory(), "labs");

/** Whether an error is the file system's "there is no such file". */
export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";

/** The names and contents of all files below a directory, in one order. */
export async function readTree(directory: string): Promise<readonly string[]> {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const contents = files.sort().map(async (file) => [path.relative(directory, file), await fs.readFile(file, "utf8")]);
  return (await Promise.all(contents)).flat();
}
