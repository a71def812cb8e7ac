import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { listLabs } from "../../lab/cluster";
import { npm, ok, ROOT } from "./support/commands";

describe("labs on this machine", () => {
  it("stand side by side, and the end of one is not that of the other", async () => {
    const other = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-clone-"));
    try {
      await execa("git", ["clone", "--quiet", ROOT, other]);
      await execa("cp", ["-r", path.join(ROOT, "node_modules"), other]);
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
    assert.equal(await hostState(), before);
    assert.match(await ok(npm("down")), /There is no lab/);
  });
});

/** Everything of the host that a lab could leave something in. */
async function hostState(): Promise<string> {
  const run = async (...command: string[]) => (await execa(command[0]!, command.slice(1), { reject: false })).stdout;
  const groups = (await fs.readdir("/sys/fs/cgroup", { recursive: true })).filter((name) => /cnpg|kubepods|k8s\.io/.test(name));
  const processes = (await run("ps", "-eo", "args="))
    .split("\n")
    .filter((line) => /kube|etcd|containerd|postgres|coredns|pulumi/.test(line) && !/mocha|e2e/.test(line));
  return JSON.stringify({
    links: await run("ip", "-brief", "link"),
    routes: await run("ip", "route"),
    mounts: (await fs.readFile("/proc/self/mounts", "utf8")).split("\n").sort(),
    groups,
    processes: processes.sort(),
  });
}
