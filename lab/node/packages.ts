import * as fs from "node:fs/promises";
import * as path from "node:path";
import { ensureArtifact, exists, type Recipe } from "../artifact";
import { OWN_CLUSTER } from "../ownCluster";
import { FixableError } from "../../config/fixableError";
import type { Update } from "../progress";
import { runLogged } from "../run";

/** The container runtime, the network plugins, the packet filter and the tool that makes the Postgres image. */
const PACKAGES = ["containerd", "runc", "containernetworking-plugins", "nftables", "mmdebstrap"];
const PROGRAMS = ["usr/bin/containerd", "usr/sbin/runc", "usr/lib/cni/bridge", "usr/sbin/nft", "usr/bin/mmdebstrap"];

/**
 * A directory with the node's Debian packages and those of their dependencies that the machine lacks, to be laid over
 * `/usr`. They are unpacked, not installed: an installed containerd would be started as a service of the host and stay
 * after the lab. apt works on lists and archives of our own, so that it depends neither on the state of the host's nor
 * changes it. A package that the host has already is left out by apt and found below its `/usr`.
 * @throws {FixableError} Without apt, or when a package cannot be had.
 */
export async function ensureNodePackages(update: Update): Promise<string> {
  if (!(await exists("/usr/bin/apt-get"))) {
    throw new FixableError("The lab cluster takes its container runtime from Debian packages, and this system has no apt-get", OWN_CLUSTER);
  }
  const release = await fs.readFile("/etc/os-release", "utf8");
  const recipe: Recipe = { kind: "packages", name: "node", inputs: [release, ...PACKAGES], make: unpack };
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

async function unpack(target: string, log: string, update: Update): Promise<void> {
  const apt = path.join(target, "apt");
  for (const directory of ["lists/partial", "archives/partial"]) await fs.mkdir(path.join(apt, directory), { recursive: true });
  // On a merged /usr the packages still name /bin, /sbin and /lib.
  for (const directory of ["bin", "sbin", "lib", "lib64"]) {
    await fs.mkdir(path.join(target, "usr", directory), { recursive: true });
    await fs.symlink(path.join("usr", directory), path.join(target, directory));
  }
  // apt would drop to its own user, who may not enter a cache in root's home.
  const own = { "Dir::State::Lists": `${apt}/lists`, "Dir::Cache": apt, "APT::Sandbox::User": "root", "Debug::NoLocking": "true" };
  const aptGet = ["apt-get", ...Object.entries(own).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
  const remedy = "apt-get reports what it could not reach; fix the package sources of this machine and run the command again";

  update("package lists");
  await runLogged("apt-get update", [...aptGet, "update"], { log, remedy });
  update("download");
  await runLogged(
    "The download of the node's packages",
    [...aptGet, "install", "--yes", "--download-only", "--no-install-recommends", ...PACKAGES],
    { log, remedy },
  );
  update("unpack");
  const archives = (await fs.readdir(path.join(apt, "archives"))).filter((file) => file.endsWith(".deb"));
  for (const archive of archives) {
    await runLogged(`Unpacking ${archive}`, ["dpkg", "--extract", path.join(apt, "archives", archive), target], { log, remedy });
  }
  await fs.rm(apt, { recursive: true });
}
