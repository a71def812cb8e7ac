import * as fs from "node:fs/promises";
import * as path from "node:path";
import { unpackPackages } from "../debianPackages";
import { ensureArtifact, exists, type Recipe } from "../artifact";
import { OWN_CLUSTER } from "../ownCluster";
import { FixableError } from "../../config/fixableError";
import type { Update } from "../progress";

/** The container runtime, the network plugins, the packet filter and the tool that makes the Postgres image. */
const PACKAGES = ["containerd", "runc", "containernetworking-plugins", "nftables", "mmdebstrap"];
const PROGRAMS = ["usr/bin/containerd", "usr/sbin/runc", "usr/lib/cni/bridge", "usr/sbin/nft", "usr/bin/mmdebstrap"];

/**
 * A directory with the node's Debian packages and those of their dependencies that the machine lacks, to be laid over
 * `/usr`. They are unpacked, not installed: an installed containerd would be started as a service of the host and stay
 * after the lab.
 * @throws {FixableError} Without apt, or when a package cannot be had.
 */
export async function ensureNodePackages(update: Update): Promise<string> {
  if (!(await exists("/usr/bin/apt-get"))) {
    throw new FixableError("The lab cluster takes its container runtime from Debian packages, and this system has no apt-get", OWN_CLUSTER);
  }
  const release = await fs.readFile("/etc/os-release", "utf8");
  const make: Recipe["make"] = (target, log, update) => unpackPackages(PACKAGES, target, log, update);
  const recipe: Recipe = { kind: "packages", name: "node", inputs: [release, ...PACKAGES], make };
  const root = await ensureArtifact(recipe, update);
  if ((await missingPrograms(root)).length === 0) return root;
  // One of them was the host's own when the directory was made, and has been removed since.
  await fs.rm(root, { recursive: true, force: true });
  await ensureArtifact(recipe, update);
  const missing = await missingPrograms(root);
  if (missing.length > 0) throw new FixableError(`The packages of this system lack ${missing.join(", ")}`, OWN_CLUSTER);
  return root;
}

async function missingPrograms(root: string): Promise<string[]> {
  const found = await Promise.all(
    PROGRAMS.map(async (program) => (await exists(path.join(root, program))) || (await exists(path.join("/", program)))),
  );
  return PROGRAMS.filter((_, index) => !found[index]);
}
