import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const ROOT = path.join(__dirname, "../../..");

function run(directory: string, ...args: string[]) {
  const command = [...process.execArgv, path.join(ROOT, "cli/main.ts"), "audit", ...args];
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8", env: { ...process.env, INIT_CWD: directory } });
}

describe("npm run audit", function () {
  this.timeout(120_000);
  let directory: string;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "audit-"));
    fs.writeFileSync(path.join(directory, "a.yaml"), "password: hunter2\n");
    fs.writeFileSync(path.join(directory, "b.yaml"), "name: app\n");
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  it("ends with 0 for nothing, 1 for findings, 2 for what is not there", () => {
    assert.equal(run(directory, "b.yaml").status, 0);
    const found = run(directory, ".");
    assert.equal(found.status, 1);
    assert.match(found.stdout, /^a\.yaml:1: literal-elsewhere: password: /);
    const missing = run(directory, "nowhere");
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /there is no nowhere\nRemedy: /);
    assert.equal(run(directory).status, 2);
    assert.equal(run(directory, ".", "--baseline", "nowhere.yaml").status, 2);
  });

  it("writes a baseline, asks for its reasons, and is then content", () => {
    assert.equal(run(directory, ".", "--write-baseline").status, 0);
    const file = path.join(directory, "audit-baseline.yaml");
    assert.match(run(directory, ".").stdout, /baseline-without-reason/);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('reason: ""', "reason: a sample"));
    const { status, stdout } = run(directory, ".", "-o", "json");
    assert.equal(status, 0);
    assert.equal((JSON.parse(stdout) as { accepted: number }).accepted, 1);
  });
});
