import assert from "node:assert/strict";
import { startsSandbox } from "../../lab/cluster/processes";

describe("lab/cluster/processes", () => {
  const lab = "/cache/labs/1a2b3c4d";
  const scripts = "/clone/lab/cluster";
  const line = (...words: string[]) => [...words, ""];

  it("recognises each process that holds up the sandbox of a lab", () => {
    for (const commandLine of [
      line("/bin/bash", `${scripts}/sandbox.sh`, lab, "/packages", "node"),
      line("unshare", "--net", `${scripts}/init.sh`, lab, "/packages", "node"),
      line("/bin/bash", `${scripts}/init.sh`, lab, "/packages", "node"),
      line("/bin/bash", "/another/clone/lab/cluster/init.sh", lab, "/packages", "node"),
    ]) {
      assert.equal(startsSandbox(commandLine, lab), true, commandLine.join(" "));
    }
  });

  it("leaves every other process alone", () => {
    for (const commandLine of [
      line("/bin/bash", `${scripts}/init.sh`, `${lab}0`, "/packages"),
      line("/bin/bash", `${scripts}/init.sh`, "/packages", lab),
      line("grep", "init.sh", lab),
      line("vi", `${scripts}/init.sh`),
      line("ls", lab),
      line(),
    ]) {
      assert.equal(startsSandbox(commandLine, lab), false, commandLine.join(" "));
    }
  });
});
