import * as fs from "node:fs/promises";
import * as path from "node:path";
import { ROOT } from "../commands";

/** Where the engine finds it: the name of a provider's plugin. */
const PLUGIN = "pulumi-resource-azure-native";

/**
 * The PATH that `pulumi` needs to preview with the stand-in for Azure's provider: with a directory in front of it that has nothing else in it.
 * @param directory Where to make it; nothing of it is to outlive the test.
 */
export async function standInForAzure(directory: string, PATH: string | undefined): Promise<string> {
  const file = path.join(directory, PLUGIN);
  const program = path.join(__dirname, "plugin.ts");
  const loader = path.join(ROOT, "cli/typescript.cjs");
  await fs.mkdir(directory, { recursive: true });
  await fs.writeFile(file, `#!/bin/sh\nexec '${process.execPath}' --require '${loader}' '${program}' "$@"\n`, { mode: 0o755 });
  return [directory, PATH].join(path.delimiter);
}
