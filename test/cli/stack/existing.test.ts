import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { existingOutputs } from "../../../cli/stack/existing";
import type { Target } from "../../../cli/stack/target";
import { quiet } from "../../support/quiet";

const OUTPUTS = { cluster: "apps/postgres", services: {} };

describe("cli/stack/existing", () => {
  let directory: string;
  const before_ = { ...process.env };
  const state = () => path.join(directory, "state/.pulumi/stacks/cnpg-credentials");
  const target = () => ({ kind: "own", title: "https://api", directory, kubeconfig: "k" }) as Target;
  const write = (latest: unknown) => {
    fs.mkdirSync(state(), { recursive: true });
    fs.writeFileSync(path.join(state(), "shop.json"), JSON.stringify({ version: 3, checkpoint: { latest } }));
  };
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "existing-"));
    process.env.PULUMI_HOME = path.join(directory, "home");
    delete process.env.PULUMI_BACKEND_URL;
  });
  afterEach(() => {
    process.env = { ...before_ };
    fs.rmSync(directory, { recursive: true });
  });

  it("reads what a stack says of itself without an engine", async () => {
    write({ resources: [{ type: "pulumi:pulumi:Stack", outputs: { ...OUTPUTS, owner: "o" } }] });
    assert.deepEqual(await existingOutputs(quiet, target(), "shop"), OUTPUTS);
  });

  it("says that there is none, and makes nothing: no stack, no passphrase", async () => {
    await assert.rejects(existingOutputs(quiet, target(), "shop"), {
      name: "FixableError",
      message:
        /^stack shop has not been brought up on https:\/\/api: there is none of that name in file:\S+\nRemedy: `cnpg-credentials up --stack shop`$/,
    });
    assert.deepEqual(fs.readdirSync(directory), []);
  });

  it("says so of one whose first `up` has not ended", async () => {
    for (const latest of [null, { resources: [] }]) {
      write(latest);
      await assert.rejects(existingOutputs(quiet, target(), "shop"), {
        name: "FixableError",
        message: /^stack shop has not been brought up\n/,
      });
    }
  });
});
