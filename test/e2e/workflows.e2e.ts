import assert from "node:assert/strict";
import { execa } from "execa";
import { ensureActionlint } from "../../lab/toolchain";
import { ROOT } from "./support/commands";
import { quiet } from "./support/lab";

describe("workflows of GitHub Actions", () => {
  it("are what GitHub takes them for: expressions, contexts, scripts", async () => {
    const { all, exitCode } = await execa(await ensureActionlint(quiet), ["-no-color"], { cwd: ROOT, all: true, reject: false });
    assert.equal(exitCode, 0, all);
  });
});
