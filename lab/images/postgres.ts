import { execa } from "execa";
import { FixableError } from "../../config/fixableError";
import type { Update } from "../progress";
import { makeDebianLayer, newEnoughCodename } from "./debian";
import { ensureImage, type Image } from "./image";

/** What the image needs beside the packages, in the order of mmdebstrap's hooks; `$1` is the root being made. */
const HOOKS = {
  // No cluster of Debian's own: CloudNativePG makes the data directory.
  "essential-hook": [
    'mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"',
  ],
  "customize-hook": [
    // The user that CloudNativePG runs instances as.
    'chroot "$1" usermod --uid 26 postgres; chown --recursive 26 "$1/var/lib/postgresql"',
    // Documentation, and the compiler for queries: two thirds of the size. Without it, Postgres interprets them.
    'cd "$1/usr"; rm -rf share/doc share/locale share/man share/i18n lib/*/libLLVM* lib/*/libz3* lib/llvm* lib/postgresql/*/lib/bitcode lib/postgresql/*/lib/llvmjit*',
  ],
};

/**
 * Debian's PostgreSQL in an image as CloudNativePG wants one: user 26, programs on the PATH, and the
 * real version as its tag, which the operator reads. The major version is the one of the stacks'
 * images, or the next one.
 *
 * `LAB_POSTGRES_RELEASE` names another release of Debian, for a look at the version that comes next.
 * @param packages The node's packages, mmdebstrap among them.
 * @throws {FixableError} When the packages cannot be had.
 */
export async function ensurePostgresImage(packages: string, update: Update): Promise<Image> {
  const codename = process.env.LAB_POSTGRES_RELEASE ?? (await newEnoughCodename("Postgres'"));
  return await ensureImage("postgresql", [codename, JSON.stringify(HOOKS)], update, async (scratch, log) => {
    const root = { packages, variant: "essential", include: ["postgresql", "ca-certificates"], hooks: HOOKS } as const;
    const layer = await makeDebianLayer(root, codename, scratch, log);
    const { stdout: status } = await execa("tar", ["--extract", "--to-stdout", "--file", layer, "./var/lib/dpkg/status"]);
    const version = postgresVersion(status);
    if (!version) throw new FixableError("mmdebstrap made a root without a PostgreSQL server", undefined, { log });
    const programs = `/usr/lib/postgresql/${version.split(".")[0]}/bin`;
    return {
      reference: `localhost/postgresql:${version}`,
      config: { User: "26", Env: [`PATH=${programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`] },
      layer,
    };
  });
}

/** The version of the PostgreSQL server among the packages of a dpkg status file, without Debian's revision. */
export function postgresVersion(status: string): string | undefined {
  return /^Package: postgresql-\d+\n(?:.+\n)*?Version: (?:\d+:)?(\d+\.\d+)/m.exec(status)?.[1];
}
