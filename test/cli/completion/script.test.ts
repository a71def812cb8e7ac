import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Command } from "commander";
import { script, SHELLS } from "../../../cli/completion/script";

const COMMANDS = [
  new Command("status")
    .summary("state of every service")
    .option("-s, --stack <name>", "the stack")
    .option("-o, --output <format>", "it's a format"),
  new Command("smoke").summary("wait for Secrets"),
];

/** What bash offers behind some words. */
function offered(...words: string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(" ");
  const asked = `COMP_WORDS=(cnpg-credentials ${typed}); COMP_CWORD=${words.length}; _cnpg_credentials; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", `${script("bash", COMMANDS)}\n${asked}`], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout.split("\n").filter((line) => line !== "");
}

describe("cli/completion/script", () => {
  before(function () {
    if (spawnSync("bash", ["--version"]).error) this.skip();
  });

  it("completes commands, and the options of the one that is there", () => {
    assert.deepEqual(offered("s"), ["status", "smoke"]);
    assert.deepEqual(offered("status", "--"), ["--stack", "--output", "--help"]);
    assert.deepEqual(offered("smoke", "-"), ["--help"]);
    assert.deepEqual(offered("--help", "smo"), ["smoke"]);
  });

  it("is made for each shell, with every command in it", () => {
    for (const shell of SHELLS) for (const command of COMMANDS) assert.ok(script(shell, COMMANDS).includes(command.name()), shell);
    assert.ok(script("fish", COMMANDS).includes("-d 'it'\\''s a format'"));
  });
});
