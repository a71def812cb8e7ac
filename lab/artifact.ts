import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { withLock } from "./lock";
import { cacheDirectory, isMissing } from "./paths";
import type { Update } from "./progress";

/** A directory or file of the cache that is made once for given inputs. */
export interface Recipe {
  /** The folder of the cache that it belongs to, and what it is called there. */
  readonly kind: "tools" | "images" | "packages";
  readonly name: string;
  /** All that it is made from: with other inputs it is another artifact. */
  readonly inputs: readonly (string | Uint8Array)[];
  /** Makes it at `target`, which does not exist; `log` is a path for the output of what it runs. */
  make(target: string, log: string, update: Update): Promise<void>;
}

/** A hash over a list that no other list has: each element is preceded by its length. */
export function digest(inputs: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}\n`).update(input);
  return hash.digest("hex").slice(0, 16);
}

/** The SHA-256 of a file's content, in hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** Where an artifact is, or will be. */
export function artifactPath(recipe: Pick<Recipe, "kind" | "name" | "inputs">): string {
  return path.join(cacheDirectory(), recipe.kind, `${recipe.name}-${digest(recipe.inputs)}`);
}

/**
 * The path of an artifact, which is made first when the cache has none. It appears under its name complete, by a rename:
 * an interrupted run leaves a `.partial` that the next run replaces, and two at once make it once.
 */
export async function ensureArtifact(recipe: Recipe, update: Update): Promise<string> {
  const target = artifactPath(recipe);
  if (await exists(target)) return target;
  return await withLock(
    target,
    (owner) => update(`process ${owner} is making ${recipe.name}`),
    async () => {
      if (await exists(target)) return target;
      const partial = `${target}.partial`;
      const log = path.join(cacheDirectory(), "logs", `${path.basename(target)}.log`);
      await fs.mkdir(path.dirname(target), { recursive: true });
      await fs.mkdir(path.dirname(log), { recursive: true });
      await fs.rm(partial, { recursive: true, force: true });
      await recipe.make(partial, log, update);
      await fs.rename(partial, target);
      return target;
    },
  );
}

/** Whether something is at `file`. */
export async function exists(file: string): Promise<boolean> {
  try {
    await fs.access(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
