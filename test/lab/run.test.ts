import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { runLogged } from "../../lab/run";

describe("lab/run", () => {
  let log: string;

  beforeEach(async () => {
    log = path.join(await fs.mkdtemp(path.join(os.tmpdir(), "run-")), "log");
  });

  afterEach(() => fs.rm(path.dirname(log), { recursive: true }));

  const run = (script: string) => runLogged("Downloading it", ["sh", "-c", script], { log, remedy: "it is built instead" });

  it("says what a command that fails said last, where its log is, and what to do", async () => {
    await assert.rejects(run("echo first; echo the reason >&2; exit 3"), {
      name: "FixableError",
      message: `Downloading it failed: the reason\nLog: ${log}\nRemedy: it is built instead`,
    });
    assert.equal(await fs.readFile(log, "utf8"), "first\nthe reason\n");
  });

  it("takes nothing for it that an earlier command has said", async () => {
    await run("echo earlier");
    await assert.rejects(run("exit 3"), { message: `Downloading it failed\nLog: ${log}\nRemedy: it is built instead` });
  });
});
