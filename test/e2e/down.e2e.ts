import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { listLabs } from "../../lab/cluster";
import { labName } from "../../lab/paths";
import { npm, ok, ROOT } from "./support/commands";

describe("labs on this machine", () => {
  it("stand side by side, and the end of one is not that of the other", async () => {
    const other = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-clone-"));
    try {
      await execa("git", ["clone", "--quiet", ROOT, other]);
      for (const directory of ["", "policy"])
        await execa("cp", ["-r", path.join(ROOT, directory, "node_modules"), path.join(other, directory)]);
      const [first, second] = await Promise.all([ok(npm("up")), ok(npm("up", [], { cwd: other }))]);
      assert.match(first, /^14 of 14 services logged in over TLS/m);
      assert.match(second, /^14 of 14 services logged in over TLS/m);
      assert.equal((await listLabs()).filter((lab) => lab.running).length >= 2, true);
      assert.match(await ok(npm("down", [], { cwd: other })), /The lab is gone/);
      assert.equal((await npm("status")).code, 0);
    } finally {
      await npm("down", [], { cwd: other });
      await fs.rm(other, { recursive: true });
    }
  });

  it("leave the host as it was, and end twice as well as once", async () => {
    await ok(npm("down"));
    const before = await hostState();
    await ok(npm("up"));
    assert.match(await ok(npm("down")), /The lab is gone/);
    assert.deepEqual(await hostState(), before);
    assert.deepEqual([before.groups, before.processes], [[], []]);
    assert.match(await ok(npm("down")), /There is no lab/);
  });
});

/** Everything of the host that a lab could leave something in. */
async function hostState() {
  const { stdout: links } = await execa("ip", ["-brief", "link"]);
  const { stdout: routes } = await execa("ip", ["route"]);
  const own = ["-type", "d", "-path", `*${labName()}*`];
  const { stdout: found } = await execa("find", ["/sys/fs/cgroup", "-ignore_readdir_race", ...own]);
  const groups = found.split("\n").filter(Boolean);
  const processes = await Promise.all((await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(belongsToLab));
  const mounts = (await fs.readFile("/proc/self/mounts", "utf8")).split("\n").sort();
  return { links, routes, mounts, groups, processes: processes.flat() };
}

/**
 * The command line of a process of this clone's lab or of its engine: by its arguments, its directory, or its control group. A zombie has ended; that it is
 * still listed is up to the host's process 1, and some (a container's entry point, say) never ask.
 */
async function belongsToLab(pid: string): Promise<string[]> {
  const read = (file: string) => fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const [line, groups, directory] = [await read("cmdline"), await read("cgroup"), await fs.readlink(`/proc/${pid}/cwd`).catch(() => "")];
  if (/^State:\s+Z/m.test(await read("status"))) return [];
  const isLab = `${line} ${groups}`.includes(labName());
  const isPlugin = /pulumi-(resource|language)/.test(line) && directory === ROOT;
  return isLab || isPlugin ? [line.replaceAll("\0", " ")] : [];
}
