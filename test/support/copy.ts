import * as fs from "node:fs/promises";
import * as path from "node:path";
import { REPOSITORY } from "../../lab/paths";

const LEFT_OUT = new Set(["node_modules", ".git", "coverage"]);
/** Files of stacks that tests make and remove, perhaps at this moment. */
const OF_TESTS = /^Pulumi\.(e2e-.*|legacy)\.yaml$/;

/**
 * Copies this clone as it is, with its packages. What is run there has a lab and a configuration of
 * its own.
 */
export async function copyProgram(directory: string): Promise<void> {
  await fs.cp(REPOSITORY, directory, { recursive: true, filter: (source) => isCopied(path.basename(source)) });
  for (const modules of ["node_modules", "policy/node_modules"])
    await fs.symlink(path.join(REPOSITORY, modules), path.join(directory, modules));
}

function isCopied(name: string): boolean {
  return !LEFT_OUT.has(name) && !OF_TESTS.test(name);
}
