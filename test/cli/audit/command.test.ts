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
    assert.match(found.stdout, /^1 warning in 1 file; 2 files looked at/);
    assert.match(found.stdout, /\nFirst\n {2}1\. 1 finding of literal-elsewhere, in a\.yaml: /);
    assert.match(found.stdout, /\n {4}a\.yaml:1 {2}password: /);
    const missing = run(directory, "nowhere");
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /nowhere.*is not there/);
    assert.equal(run(directory).status, 2);
    assert.equal(run(directory, ".", "--baseline", "nowhere.yaml").status, 2);
  });

  it("ends with 2 where nothing was looked at, and by the weight that is asked for", () => {
    fs.mkdirSync(path.join(directory, "terraform"));
    fs.writeFileSync(path.join(directory, "terraform/main.tf"), "");
    const nothing = run(directory, "terraform");
    assert.equal(nothing.status, 2);
    assert.match(nothing.stderr, /nothing was looked at/);
    assert.deepEqual(
      ["error", "warning", "note", "never"].map((level) => run(directory, "a.yaml", "--fail-on", level).status),
      [0, 1, 1, 0],
    );
  });

  it("tells a rule alone, leaves files out, and names every mistake at once", () => {
    assert.equal(run(directory, ".", "--rule", "sealed-secret").status, 0);
    assert.equal(run(directory, ".", "--exclude", "*.yaml").status, 0);
    const { status, stderr } = run(directory, "nowhere", "--rule", "none", "--reason", "x");
    assert.equal(status, 2);
    assert.match(stderr, /nowhere[^]*--rule none[^]*--reason/);
  });

  it("names files in SARIF from the repository's root, wherever it is called, and says the same twice", () => {
    fs.mkdirSync(path.join(directory, "gitops/.git"), { recursive: true });
    fs.mkdirSync(path.join(directory, "gitops/apps"));
    fs.writeFileSync(path.join(directory, "gitops/apps/a.yaml"), "password: hunter2\n");
    const [one, two, other] = [
      run(directory, "gitops", "-o", "sarif"),
      run(directory, "gitops", "-o", "sarif"),
      run(path.join(directory, "gitops/apps"), ".", "-o", "sarif"),
    ];
    assert.equal(one.stdout, two.stdout);
    assert.equal(one.stdout, other.stdout);
    assert.match(one.stdout, /"uri": "apps\/a\.yaml"/);
  });

  it("takes makers of Secrets from a file, and refuses one that it cannot read", () => {
    fs.writeFileSync(
      path.join(directory, "c.yaml"),
      "apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: a }\nspec: { volumes: [{ name: v, secret: { secretName: theirs-login } }] }\n",
    );
    fs.writeFileSync(
      path.join(directory, "d.yaml"),
      "apiVersion: their.test/v1\nkind: Thing\nmetadata: { name: theirs, namespace: a }\nspec: {}\n",
    );
    fs.writeFileSync(path.join(directory, "makers"), 'objects: [{ kind: Thing, makes: ["{name}-login"] }]\n');
    assert.equal(run(directory, "c.yaml", "d.yaml", "--fail-on", "note").status, 1);
    assert.equal(run(directory, "c.yaml", "d.yaml", "--fail-on", "note", "--makers", "makers").status, 0);
    fs.writeFileSync(path.join(directory, "makers"), "objects: [{ kind: Thing }]\nother: 1\n");
    const { status, stderr } = run(directory, "c.yaml", "--makers", "makers");
    assert.equal(status, 2);
    assert.match(stderr, /makes[^]*other/);
  });

  it("writes a baseline, asks for its reasons, and is then content", () => {
    assert.equal(run(directory, ".", "--write-baseline").status, 0);
    const again = path.join(directory, "again.yaml");
    assert.equal(run(directory, "a.yaml", "--baseline", again, "--write-baseline", "--reason", "a sample").status, 0);
    assert.equal(run(directory, "a.yaml", "--baseline", again).status, 0);
    fs.rmSync(again);
    const file = path.join(directory, "audit-baseline.yaml");
    assert.match(run(directory, ".").stdout, /baseline-without-reason/);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('reason: ""', "reason: a sample"));
    const { status, stdout } = run(directory, ".", "-o", "json");
    assert.equal(status, 0);
    assert.equal((JSON.parse(stdout) as { accepted: number }).accepted, 1);
  });
});
