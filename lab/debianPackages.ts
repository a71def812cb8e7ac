import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Update } from "./progress";
import { runLogged } from "./run";

/**
 * Unpacks Debian packages, with the dependencies that the machine lacks, into a directory.
 *
 * Nothing is installed. apt works on lists and archives of its own, so that it depends neither on
 * the state of the host's nor changes it. A package that the host has already is left out by apt
 * and found below its `/usr`.
 *
 * @throws {FixableError} When a package cannot be had.
 */
export async function unpackPackages(packages: readonly string[], target: string, log: string, update: Update): Promise<void> {
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
    "The download of Debian packages",
    [...aptGet, "install", "--yes", "--download-only", "--no-install-recommends", ...packages],
    { log, remedy },
  );
  update("unpack");
  const archives = (await fs.readdir(path.join(apt, "archives"))).filter((file) => file.endsWith(".deb"));
  for (const archive of archives) {
    await runLogged(`Unpacking ${archive}`, ["dpkg", "--extract", path.join(apt, "archives", archive), target], { log, remedy });
  }
  await fs.rm(apt, { recursive: true });
}
