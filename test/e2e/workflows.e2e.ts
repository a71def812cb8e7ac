import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { ensureActionlint } from "../../lab/toolchain";
import { quiet } from "../support/quiet";
import { ROOT } from "./support/commands";

describe("workflows of GitHub Actions", () => {
  it("are what GitHub takes them for: expressions, contexts, scripts", async () => {
    const directory = path.join(ROOT, ".github/workflows");
    // By name: it looks for them in a repository only, and a copy of one is none.
    const files = await fs.readdir(directory);
    const { all, exitCode } = await execa(await ensureActionlint(quiet), ["-no-color", ...files], {
      cwd: directory,
      all: true,
      reject: false,
    });
    assert.ok(files.length > 0);
    assert.equal(exitCode, 0, all);
  });
});
