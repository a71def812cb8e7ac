import * as fs from "node:fs/promises";
import * as path from "node:path";
import { hashFile } from "../artifact";
import { packageDirectory } from "../paths";
import type { Update } from "../progress";
import { debianCodename, makeDebianLayer } from "./debian";
import { ensureImage, type Image } from "./image";

/** The libraries that Node is linked against, and the directories that programs expect; no shell, no package manager. */
const PACKAGES = ["base-files", "libstdc++6"];

/** As in the image that Node's vendor publishes. */
const USER = 1000;

/** Nothing is installed, only unpacked: there is no later moment for mmdebstrap's hooks. */
const HOOKS = {
  "extract-hook": [
    'install -D --mode=755 "$NODE_PROGRAM" "$1/usr/local/bin/node"',
    // Node asks for the name and home of its user (os.userInfo).
    `echo "node:x:${USER}:${USER}::/tmp:/usr/sbin/nologin" >"$1/etc/passwd"; echo "node:x:${USER}:" >"$1/etc/group"`,
    // Programs, documentation and character sets of the packages, and what mmdebstrap copies from this machine.
    'cd "$1"; rm -rf bin sbin usr/bin usr/sbin usr/share usr/lib/*/gconv etc/hostname etc/resolv.conf etc/apt/sources.list',
  ],
};

/**
 * The Node runtime that package.json pins, as an image for programs that come in a ConfigMap: user 1000, `node` on the
 * PATH, nothing else that could be run. Its tag is Node's version.
 * @param packages The packages of the lab's machine, mmdebstrap among them.
 * @throws {FixableError} When Debian's packages cannot be had.
 */
export async function ensureNodejsImage(packages: string, update: Update): Promise<Image> {
  const directory = await packageDirectory("node");
  const program = path.join(directory, "bin", "node");
  const { version } = JSON.parse(await fs.readFile(path.join(directory, "package.json"), "utf8")) as { version: string };
  const codename = await debianCodename("Node's");
  // npm installs the program by a script of the package's, of which the lock file has no checksum: its content is read.
  const inputs = [codename, version, await hashFile(program), JSON.stringify([PACKAGES, HOOKS])];
  return await ensureImage("nodejs", inputs, update, async (scratch, log) => {
    const root = { packages, variant: "extract", include: PACKAGES, hooks: HOOKS, env: { NODE_PROGRAM: program } } as const;
    return {
      reference: `localhost/node:${version}`,
      config: { User: `${USER}:${USER}`, Env: ["PATH=/usr/local/bin"], Entrypoint: ["node"] },
      layer: await makeDebianLayer(root, codename, scratch, log),
    };
  });
}
