import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { reviewStack } from "../../../cli/review/ask";
import { step } from "../../support/previews";

const ROOT = path.join(__dirname, "../../..");
const RECORDED = JSON.stringify({ steps: [step("acme:index:Bucket", "it", { new: {} })], changeSummary: { create: 1 } });
const VIOLATED = [
  '{"policyLoadEvent":{}}',
  '{"policyEvent":{"message":"rule\\nSecret x: wrong; mend","policyName":"one-writer","enforcementLevel":"mandatory"}}',
].join("\n");

describe("npm run review", function () {
  this.timeout(120_000);
  let directory: string;
  const at = (file: string) => path.join(directory, file);
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "review-"));
    fs.writeFileSync(at("preview.json"), RECORDED);
    fs.writeFileSync(at("events.json"), VIOLATED);
  });
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  function run(input: string, ...args: string[]) {
    const command = [...process.execArgv, path.join(ROOT, "cli/main.ts"), "review", ...args];
    return spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8", input, env: { ...process.env, INIT_CWD: directory } });
  }

  it("reads a recorded preview from a file or from standard input, and takes the stack's name from it", () => {
    const expected =
      "## prod: changes, none of them destructive\n\nResources: 1 new. Policy pack: not asked.\n\n### Other\n- Bucket `it`: new\n";
    for (const ran of [run("", "--from", "preview.json"), run(RECORDED, "--from", "-")])
      assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, expected, ""]);
    const marked = run("", "--from", "preview.json", "--marker").stdout;
    assert.equal(marked, `<!-- cnpg-credentials review of prod -->\n${expected}`);
  });

  it("ends with 2 for a broken rule, for what cannot be read, and for misuse", () => {
    const broken = run("", "--from", "preview.json", "--events", "events.json", "-o", "json");
    assert.deepEqual([broken.status, (JSON.parse(broken.stdout) as { verdict: string }).verdict], [2, "failed"]);
    const missing = run("", "--from", "nowhere");
    assert.deepEqual(
      [missing.status, missing.stderr],
      [2, `${at("nowhere")} cannot be read (ENOENT)\nRemedy: name a file that there is\n`],
    );
    assert.match(run("hunter2", "--from", "-").stderr, /^standard input: this is not what `pulumi preview --json` prints\nRemedy: /);
    assert.equal(run("", "--from", "preview.json", "--own").status, 2);
  });

  /** An engine that says this, and notes how it is called. */
  function engine(script: string): NodeJS.ProcessEnv {
    fs.writeFileSync(at("pulumi"), `#!/bin/sh\necho "$PULUMI_DEBUG_COMMANDS $*" > "${at("called")}"\n${script}\n`, { mode: 0o755 });
    return { ...process.env, PATH: `${directory}:${process.env.PATH}` };
  }
  const called = () => fs.readFileSync(at("called"), "utf8").trim();

  it("asks the engine, and the policy pack by the log of events, of which nothing is left", async () => {
    const env = engine(`for last; do :; done\ncat "${at("events.json")}" > "$last"\ncat "${at("preview.json")}"\nexit 1`);
    const { exitCode, text } = await reviewStack(
      { stack: "prod", output: "md" },
      { cwd: directory, env, configFile: "x.yaml", policyPack: "policy" },
    );
    assert.equal(exitCode, 2);
    assert.match(text, /### Broken rules\n- `one-writer`: Secret x: wrong; mend/);
    const [, log] =
      /^true preview --json --non-interactive --stack prod --config-file x\.yaml --policy-pack policy --event-log (\S+)$/.exec(called())!;
    assert.equal(fs.existsSync(path.dirname(log!)), false);
  });

  it("takes a preview that ended badly for failed, whatever it said", async () => {
    const env = engine(`cat "${at("preview.json")}"\nexit 255`);
    const { exitCode, text } = await reviewStack({ stack: "prod", output: "md" }, { cwd: directory, env });
    assert.equal(exitCode, 2);
    assert.match(text, /^## prod: the preview failed$/m);
    assert.equal(called(), "true preview --json --non-interactive --stack prod");
  });

  it("says why there is no preview, without what looks like a credential", async () => {
    const env = engine(`echo "error: no stack named 'prod' at azblob://state, postgres://app:hunter2abc@pg/app" >&2\nexit 255`);
    await assert.rejects(reviewStack({ stack: "prod", output: "md" }, { cwd: directory, env }), (error: Error) => {
      assert.match(
        error.message,
        /^pulumi preview of stack prod failed\nno stack named 'prod' at azblob:\/\/state, \(left out\)\nRemedy: /,
      );
      return true;
    });
  });
});
