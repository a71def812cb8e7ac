import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { REPOSITORY } from "../../lab/paths";

describe("this clone", () => {
  it("is clean under its own audit", function () {
    this.timeout(120_000);
    const command = [...process.execArgv, path.join(REPOSITORY, "cli/main.ts"), "audit", "."];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: REPOSITORY,
      encoding: "utf8",
      env: { ...process.env, INIT_CWD: REPOSITORY },
    });
    assert.equal(status, 0, stdout + stderr);
  });
});
