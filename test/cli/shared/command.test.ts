import * as assert from "node:assert/strict";
import { Command } from "commander";
import { run } from "../../../cli/shared/command";
import { FixableError } from "../../../config/fixableError";

/** What a command that ends so prints to stderr, and its exit code. */
async function ends(error: Error): Promise<[text: string, code: unknown]> {
  const [code, write] = [process.exitCode, process.stderr.write.bind(process.stderr)];
  let text = "";
  process.stderr.write = (chunk: string | Uint8Array) => ((text += String(chunk)), true);
  try {
    const command = new Command("it").action(() => {
      throw error;
    });
    await run(command, ["node", "it"]);
    return [text, process.exitCode];
  } finally {
    process.stderr.write = write;
    process.exitCode = code;
  }
}

describe("cli/shared/command", () => {
  it("prints what can be fixed in its own words, and where to read more", async () => {
    const error = new FixableError("the lab does not run", "npm run up", { log: "/tmp/lab.log" });
    assert.deepEqual(await ends(error), ["the lab does not run\nLog: /tmp/lab.log\nRemedy: npm run up\n", 2]);
    class Busy extends FixableError {}
    assert.deepEqual(await ends(new Busy("it is busy")), ["it is busy\n", 2]);
  });

  it("prints anything else with its stack, whatever it calls itself", async () => {
    const error = Object.assign(new Error("broken"), { name: "FixableError", stack: "Error: broken\n    at somewhere" });
    assert.deepEqual(await ends(error), ["Error: broken\n    at somewhere\n", 2]);
  });
});
