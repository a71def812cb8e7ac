import * as fs from "node:fs/promises";
import * as path from "node:path";
import { REPOSITORY } from "../../lab/paths";

const LEFT_OUT = new Set(["node_modules", ".git", "coverage"]);

/** Copies this clone as it is, with its packages. What is run there has a lab and a configuration of its own. */
export async function copyProgram(directory: string): Promise<void> {
  await fs.cp(REPOSITORY, directory, { recursive: true, filter: (source) => !LEFT_OUT.has(path.basename(source)) });
  for (const modules of ["node_modules", "policy/node_modules"])
    await fs.symlink(path.join(REPOSITORY, modules), path.join(directory, modules));
}
