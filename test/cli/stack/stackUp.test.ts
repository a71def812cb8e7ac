import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ManagedStack } from "../../../cli/stack/engine";
import { up } from "../../../cli/stack/stackUp";

const SECRET = "urn:pulumi:shop::cnpg-credentials::kubernetes:core/v1:Secret::platform";
const event = (of: object) => JSON.stringify(of);
const STEP = { metadata: { op: "update", urn: SECRET } };
const DEBUG = { diagnosticEvent: { prefix: "debug: ", message: "the password is hunter2\n", severity: "debug" } };
const WARNING = { diagnosticEvent: { prefix: "warning: ", message: "plausible is off\n", severity: "warning" } };
const ERROR = { diagnosticEvent: { urn: SECRET, prefix: "error: ", message: "not applied\n", severity: "error" } };

describe("cli/stack/stackUp", () => {
  let directory: string;
  const at = (...names: string[]) => path.join(directory, ...names);
  beforeEach(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), "stack-up-"))));
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  /** An engine that says this when it is to bring a stack up, whose state has so many resources. */
  function stack(lines: readonly string[], { code = 0, resources = 0, stderr = "", last = "" } = {}): ManagedStack {
    fs.writeFileSync(at("said"), `${lines.join("\n")}\n`);
    const script = `#!/bin/sh\necho "$*" > ${at("called")}\necho '${stderr}' >&2\ncat ${at("said")}\n${last}\nexit ${code}\n`;
    fs.writeFileSync(at("pulumi"), script, { mode: 0o755 });
    fs.writeFileSync(at("Pulumi.yaml"), "name: cnpg-credentials\n");
    const state = at("state", ".pulumi", "stacks", "cnpg-credentials");
    fs.mkdirSync(state, { recursive: true });
    const latest = { resources: Array.from({ length: resources }, () => ({})) };
    fs.writeFileSync(path.join(state, "shop.json"), JSON.stringify({ version: 3, checkpoint: { latest } }));
    const env = { ...process.env, PATH: `${directory}:${process.env.PATH}`, PULUMI_BACKEND_URL: `file://${at("state")}` };
    return { name: "shop", directory, env, configFile: at("Pulumi.shop.yaml"), log: at("up-shop.log") };
  }

  it("tells how far it is by the engine's events, and what it came to", async () => {
    const said: string[] = [];
    const lines = [{ resourcePreEvent: STEP }, DEBUG, WARNING, { resOutputsEvent: STEP }].map(event);
    const summary = event({ summaryEvent: { resourceChanges: { update: 1, same: 61 } } });
    const result = await up(stack([...lines, summary], { resources: 62 }), (text) => void said.push(text));
    assert.deepEqual(result, { changed: true, summary: "~ 1 updated, 61 unchanged", warnings: ["plausible is off"] });
    assert.deepEqual(said, ["0 of 62 resources, 0 changed"]);
    assert.match(
      fs.readFileSync(at("called"), "utf8"),
      /^up --yes --skip-preview --continue-on-error --non-interactive --color never --json --stack shop /,
    );
  });

  it("leaves a log for people, which nobody else may read and no secret is in", async () => {
    const lines = [
      { resourcePreEvent: STEP },
      DEBUG,
      WARNING,
      { resOutputsEvent: STEP },
      { summaryEvent: { resourceChanges: { update: 1 } } },
    ];
    await up(stack(lines.map(event)), () => undefined);
    const log = fs.readFileSync(at("up-shop.log"), "utf8");
    assert.match(log, /^ ~ {2}kubernetes:core\/v1:Secret platform updated \(\d+\.\ds\)$/m);
    assert.match(log, /^Diagnostics:\n {2}pulumi:pulumi:Stack:\n {4}warning: plausible is off\nResources: ~ 1 updated$/m);
    assert.doesNotMatch(log, /hunter2|[{}]/);
    assert.equal(fs.statSync(at("up-shop.log")).mode & 0o777, 0o600);
  });

  it("fails with what is said of each resource, and with the log", async () => {
    const failing = up(stack([DEBUG, ERROR].map(event), { code: 255 }), () => undefined);
    await assert.rejects(failing, {
      name: "FixableError",
      message:
        /^pulumi up of stack shop failed\nDiagnostics:\n {2}kubernetes:core\/v1:Secret \(platform\):\n {4}error: not applied\nLog: \S+up-shop\.log\nRemedy: /,
    });
  });

  it("ends an engine that waits for ever, as Ctrl-C does, and says what it waited for", async () => {
    const failed = { metadata: { op: "delete-replaced", urn: SECRET } };
    const lines = [{ resourcePreEvent: failed }, ERROR, { resOpFailedEvent: failed }].map(event);
    const last = `trap "echo interrupted > ${at("interrupted")}; exit 255" INT; sleep 20 >/dev/null 2>&1 & wait`;
    await assert.rejects(
      up(stack(lines, { last }), () => undefined, { stuckMs: 50 }),
      /error: not applied\nended: the engine waits for ever once .*: kubernetes:core\/v1:Secret platform\n/,
    );
    assert.ok(fs.existsSync(at("interrupted")));
  });

  describe("whose connection to the API server breaks", () => {
    const lost = {
      diagnosticEvent: { ...ERROR.diagnosticEvent, message: "Patch: read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer\n" },
    };
    const begun = event({ resourcePreEvent: STEP });
    const counts = (of: object) => event({ summaryEvent: { resourceChanges: of } });
    const calls = () => fs.readFileSync(at("calls"), "utf8").trim().split("\n").length;
    /** An engine that fails with these lines, and is well when it runs once more. */
    const failingOnce = (...lines: string[]) => {
      fs.writeFileSync(at("well"), `${counts({ update: 1, same: 5 })}\n`);
      const last = `echo >> ${at("calls")}; [ -e ${at("again")} ] && exit 0; touch ${at("again")}; cp ${at("well")} ${at("said")}`;
      return stack([...lines, event(lost), counts({ update: 2, same: 4 })], { code: 255, last });
    };

    it("runs again, and says what all of it came to", async () => {
      const said: string[] = [];
      const result = await up(failingOnce(begun), (text) => void said.push(text), { pauseMs: 1 });
      assert.deepEqual(result, { changed: true, summary: "~ 2 updated, 4 unchanged; then ~ 1 updated, 5 unchanged", warnings: [] });
      assert.ok(said.some((text) => /connection to the API server was lost: once more/.test(text)));
      assert.match(fs.readFileSync(at("up-shop.log"), "utf8"), /connection reset by peer[^]*Resources: ~ 1 updated, 5 unchanged\n$/);
    });

    it("fails where no change had begun: that is another cluster, or none", async () => {
      await assert.rejects(
        up(failingOnce(), () => undefined, { pauseMs: 1 }),
        /connection reset by peer/,
      );
      assert.equal(calls(), 1);
    });

    it("fails with the last words once the time is over", async () => {
      await assert.rejects(
        up(failingOnce(begun), () => undefined, { pauseMs: 1, againMs: 0 }),
        /connection reset by peer[^]*Log: /,
      );
      assert.equal(calls(), 1);
    });

    it("does not run again for what Postgres refuses", async () => {
      const refused = {
        diagnosticEvent: { ...ERROR.diagnosticEvent, message: 'connection to server at "db" failed: Connection refused\n' },
      };
      await assert.rejects(
        up(stack([begun, event(refused)], { code: 255, last: `echo >> ${at("calls")}` }), () => undefined, { pauseMs: 1 }),
      );
      assert.equal(calls(), 1);
    });
  });

  it("fails with the engine's own words where there was no update, and with the passphrase that it lacks", () =>
    assert.rejects(
      up(stack(["{ cut short: hunter2"], { code: 255, stderr: "error: incorrect passphrase" }), () => undefined),
      (error: Error) => {
        assert.match(
          error.message,
          /failed\nerror: incorrect passphrase\nLog: \S+\nRemedy: give the passphrase that the state was made with/,
        );
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    ));
});
