import * as fs from "node:fs/promises";
import * as path from "node:path";
import { FixableError } from "../../config/fixableError";
import { runLogged } from "../run";

/** The root of an image, made of packages of this machine's Debian release. */
export interface DebianRoot {
  /** The node's packages, mmdebstrap among them. */
  readonly packages: string;
  /** mmdebstrap's word for what is there beside `include`: `essential` is a system with a shell, `extract` is nothing at all. */
  readonly variant: "essential" | "extract";
  readonly include: readonly string[];
  /** Shell commands by mmdebstrap's name of the moment that they are run at; `$1` is the root being made. */
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  /** Variables for the hooks. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The code name of this machine's release, whose package sources mmdebstrap takes over.
 * @param what Whose packages they are to be, for the error.
 * @throws {FixableError} When the system does not name its release.
 */
export async function debianCodename(what: string): Promise<string> {
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(await fs.readFile("/etc/os-release", "utf8"))?.[1];
  if (!codename) throw new FixableError(`/etc/os-release names no VERSION_CODENAME to take ${what} packages from`);
  return codename;
}

/**
 * Releases whose programs are too old for what the stacks run, and the next one, which Debian's own
 * mirrors have.
 */
const NEWER: Readonly<Record<string, string>> = { bookworm: "trixie" };

/**
 * The code name of the oldest release from this machine's on that has what the stacks run.
 * @param what As for {@link debianCodename}.
 * @throws {FixableError} When the system does not name its release.
 */
export async function newEnoughCodename(what: string): Promise<string> {
  const own = await debianCodename(what);
  return NEWER[own] ?? own;
}

/**
 * Writes a root to the tar file `layer.tar` of an empty directory, which mmdebstrap works in, and returns its path.
 * @throws {FixableError} When the packages cannot be had.
 */
export async function makeDebianLayer(root: DebianRoot, codename: string, scratch: string, log: string): Promise<string> {
  const layer = path.join(scratch, "layer.tar");
  const hooks = Object.entries(root.hooks).flatMap(([hook, commands]) => commands.map((command) => `--${hook}=${command}`));
  const options = [
    "--mode=root",
    `--variant=${root.variant}`,
    `--include=${root.include.join(",")}`,
    "--dpkgopt=force-unsafe-io",
    ...hooks,
  ];
  const mmdebstrap = path.join(root.packages, "usr/bin/mmdebstrap");
  await runLogged("mmdebstrap", ["perl", mmdebstrap, ...options, codename, layer], {
    log,
    remedy: "its log names the package or source that is missing; fix the package sources of this machine and run the command again",
    // The time that files and the archive are stamped with.
    env: { SOURCE_DATE_EPOCH: "0", TMPDIR: scratch, ...root.env },
  });
  return layer;
}
