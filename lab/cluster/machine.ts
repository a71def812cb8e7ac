import { execa } from "execa";
import { OWN_CLUSTER } from "../ownCluster";
import { FixableError } from "../../config/fixableError";

/** What the lab runs of the host's programs, and the Debian package of each. */
const PROGRAMS = {
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
  ip: "iproute2",
  openssl: "openssl",
  tar: "tar",
  perl: "perl",
};

/**
 * Checks that this machine can hold a lab, in less time than anything is built or downloaded for one.
 * @throws {FixableError} When it cannot: what is in the way, and what to do instead.
 */
export async function requireLabMachine(): Promise<void> {
  if (process.platform !== "linux") {
    throw new FixableError(`The lab cluster needs Linux, and this is ${process.platform}`, OWN_CLUSTER);
  }
  if (process.getuid?.() !== 0) {
    throw new FixableError("The lab cluster makes namespaces and mounts, which needs root", `run the command as root, or ${OWN_CLUSTER}`);
  }
  const found = await Promise.all(
    Object.keys(PROGRAMS).map((program) => execa("sh", ["-c", 'command -v "$0"', program], { reject: false })),
  );
  const missing = Object.values(PROGRAMS).filter((_, index) => found[index]?.exitCode !== 0);
  if (missing.length > 0) {
    const packages = [...new Set(missing)].join(" ");
    throw new FixableError(
      `The lab cluster needs programs of these packages: ${packages}`,
      `apt-get install ${packages}, or ${OWN_CLUSTER}`,
    );
  }
}
