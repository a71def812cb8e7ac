import { execa } from "execa";
import { FixableError } from "../../config/fixableError";
import type { Update } from "../progress";
import { makeDebianLayer, newEnoughCodename } from "./debian";
import { ensureImage, type Image } from "./image";

/** PgBouncer, the libraries that it is linked against, and the directories that programs expect. */
const PACKAGES = ["base-files", "pgbouncer"];

/** As CloudNativePG runs Poolers. */
const [USER, GROUP] = [998, 996];

/** The first with `auth_dbname`, without which a Pooler does not start. */
const OLDEST = [1, 19] as const;

const VERSION_FILE = "etc/pgbouncer/version";

/** Nothing is installed, only unpacked: there is no later moment for mmdebstrap's hooks. */
const HOOKS = {
  "extract-hook": [
    // Its administration is open to the user of that name, which is asked for by number.
    `echo "pgbouncer:x:${USER}:${GROUP}::/:/usr/sbin/nologin" >"$1/etc/passwd"; echo "pgbouncer:x:${GROUP}:" >"$1/etc/group"`,
    // What its package needs to be installed, and what mmdebstrap copies from this machine; then the program where CloudNativePG starts it.
    'cd "$1"; mv usr/sbin/pgbouncer .; rm -rf bin sbin usr/bin usr/sbin usr/share usr/lib/*/gconv usr/lib/*/perl* usr/lib/systemd etc/hostname etc/resolv.conf etc/apt/sources.list; install -D pgbouncer usr/bin/pgbouncer; rm pgbouncer',
    // Says that it finds its libraries, too.
    `chroot "$1" /usr/bin/pgbouncer --version >"$1/${VERSION_FILE}"`,
  ],
};

/**
 * Debian's PgBouncer as CloudNativePG's Poolers want it: user 998, the program in /usr/bin; no shell, nothing else that could be run. Its tag is PgBouncer's version.
 * @param packages The packages of the lab's machine, mmdebstrap among them.
 * @throws {FixableError} When Debian's packages cannot be had, or are too old for a Pooler.
 */
export async function ensurePgbouncerImage(packages: string, update: Update): Promise<Image> {
  const codename = await newEnoughCodename("PgBouncer's");
  return await ensureImage("pgbouncer", [codename, JSON.stringify([PACKAGES, HOOKS])], update, async (scratch, log) => {
    const root = { packages, variant: "extract", include: PACKAGES, hooks: HOOKS } as const;
    const layer = await makeDebianLayer(root, codename, scratch, log);
    const { stdout } = await execa("tar", ["--extract", "--to-stdout", "--file", layer, `./${VERSION_FILE}`]);
    const version = pgbouncerVersion(stdout);
    if (version === undefined) {
      throw new FixableError(
        `the PgBouncer of ${codename} is older than ${OLDEST.join(".")}, which CloudNativePG's Poolers need`,
        "use a machine with a later release",
      );
    }
    return { reference: `localhost/pgbouncer:${version}`, config: { User: `${USER}:${GROUP}`, Env: ["PATH=/usr/bin"] }, layer };
  });
}

/** The version in what `pgbouncer --version` prints; `undefined` when it is too old for a Pooler. */
export function pgbouncerVersion(text: string): string | undefined {
  const [, version, major, minor] = /^PgBouncer ((\d+)\.(\d+)\S*)/.exec(text) ?? [];
  if (version === undefined) throw new Error(`no version of PgBouncer: ${text}`);
  const isNew = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
  return isNew ? version : undefined;
}
