import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { listLabs } from "../../lab/cluster";
import { holds } from "./support/clock";
import { npm, ok, ROOT } from "./support/commands";
import { hostState, leftOfLab, rememberedHostState, rememberHostState } from "./support/host";

/** A second clone with a lab of its own takes minutes. */
if (process.env.SOAK)
  describe("two labs on this machine", () => {
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
  });

/** The last file of a run: the lab that all others have used goes with it. */
describe("the end of the lab", () => {
  before(async () => {
    if ((await rememberedHostState()) !== undefined) return;
    // Whoever made the lab has not looked before.
    await ok(npm("down"));
    const host = await hostState();
    await ok(npm("up"));
    await rememberHostState(host);
  });

  it("leaves the host as it was, and twice does as well as once", async () => {
    const before = await rememberedHostState();
    assert.ok(before);
    assert.match(await ok(npm("down")), /The lab is gone/);
    // Links go with their network's last process, when the kernel comes to it.
    await holds(async () => assert.deepEqual(await hostState(), before));
    assert.deepEqual(await leftOfLab(), { groups: [], processes: [] });
    assert.match(await ok(npm("down")), /There is no lab/);
  });
});
