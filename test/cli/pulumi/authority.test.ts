import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ensureAuthority } from "../../../cli/pulumi/authority";
import type { ManagedStack } from "../../../cli/stack/engine";

// Of a stack that Pulumi sets Vault up for, from a clone that has never run the program.
describe("cli/pulumi/authority", () => {
  let directory: string;
  const at = (...names: string[]) => path.join(directory, ...names);
  const file = (stack: string) => at(".pulumi", `vault-${stack}-ca.pem`);
  const called = () => (fs.existsSync(at("called")) ? fs.readFileSync(at("called"), "utf8").trim() : undefined);
  beforeEach(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), "authority-"))));
  afterEach(() => fs.rmSync(directory, { recursive: true }));

  /** A stack whose engine says this of its outputs. */
  function stack(name: string, says: string): ManagedStack {
    fs.writeFileSync(at("says"), says);
    fs.writeFileSync(at("pulumi"), `#!/bin/sh\necho "$*" >> ${at("called")}\ncat ${at("says")}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
    return { name, directory, env, configFile: at("x.yaml"), log: at("log") };
  }

  it("is put where Vault's provider reads it, from what the stack says of itself", async () => {
    await ensureAuthority(stack("prod", JSON.stringify({ vault: { address: "https://vault", ca: "PEM" } })), directory);
    assert.equal(fs.readFileSync(file("prod"), "utf8"), "PEM");
    assert.equal(called(), "stack output --json --show-secrets --stack prod");
  });

  it("is left as the program has written it, and nobody is asked", async () => {
    fs.mkdirSync(at(".pulumi"));
    fs.writeFileSync(file("prod"), "of the program");
    await ensureAuthority(stack("prod", "{}"), directory);
    assert.deepEqual([fs.readFileSync(file("prod"), "utf8"), called()], ["of the program", undefined]);
  });

  for (const says of ["{}", "error: no stack named 'prod' found", '{"vault":{"address":"https://vault"}}'])
    it(`is not made up where nobody knows it: ${says}`, async () => {
      await ensureAuthority(stack("prod", says), directory);
      assert.equal(fs.existsSync(file("prod")), false);
    });

  it("is no business of a stack whose Vault somebody else sets up", async () => {
    await ensureAuthority(stack("dev", JSON.stringify({ vault: { ca: "PEM" } })), directory);
    assert.deepEqual([fs.existsSync(file("dev")), called()], [false, undefined]);
  });
});
