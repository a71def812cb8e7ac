import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";

/** A file of a released Go module, whose checksum Go has verified: how the lab gets the CRDs of operators that it does not run. */
export async function moduleFile(module: string, version: string, file: string): Promise<string> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "module-"));
  try {
    await fs.writeFile(path.join(directory, "go.mod"), "module lab\n\ngo 1.26\n");
    const options = { cwd: directory, env: { GOFLAGS: "-mod=mod", GOWORK: "off" } };
    const { stdout } = await execa("go", ["mod", "download", "-json", `${module}@${version}`], options);
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    return await fs.readFile(path.join(Dir, file), "utf8");
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}
