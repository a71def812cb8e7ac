import * as fs from "node:fs/promises";
import * as path from "node:path";
import { stringify } from "yaml";
import { PROJECT } from "../../../config/settings";
import { ensurePulumi } from "../../../lab/toolchain";
import { quiet } from "../../support/quiet";
import { compileIntoOneFile } from "./oneFile";

/**
 * Makes a directory a Pulumi project of a program of the tests', with a state of its own, and returns the environment of its engine.
 *
 * @param program its folder below `test/e2e`
 * @param plugins beside those of every stack
 */
export async function makeProject(
  directory: string,
  program: string,
  plugins: Parameters<typeof ensurePulumi>[1] = [],
): Promise<Record<string, string>> {
  const state = path.join(directory, "state");
  await fs.mkdir(state, { recursive: true });
  const main = path.basename(await compileIntoOneFile(path.join("test/e2e", program, "index.ts"), directory));
  const project = { name: PROJECT, main, runtime: { name: "nodejs", options: { typescript: false } } };
  await fs.writeFile(path.join(directory, "Pulumi.yaml"), stringify(project));
  return { ...(await ensurePulumi(quiet, plugins)), PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "of the test" };
}
