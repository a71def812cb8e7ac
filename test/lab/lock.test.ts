import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { randomUUID } from "node:crypto";
import { withLock } from "../../lab/lock";

const ignore = () => {};

/** Another process that takes the lock, says so, and keeps it until it is killed. */
async function holder(key: string) {
  const lock = path.join(__dirname, "../../lab/lock");
  const script = `require(${JSON.stringify(lock)}).withLock(${JSON.stringify(key)}, () => {}, () => new Promise(() => process.stdout.write("held")));`;
  const child = spawn(process.execPath, ["--require", path.join(__dirname, "../../cli/typescript.cjs"), "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

describe("lab/lock", () => {
  it("lets one in after the other, within a process as well", async () => {
    const key = randomUUID();
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} out`);
    };
    await Promise.all([withLock(key, ignore, work("a")), withLock(key, ignore, work("b"))]);
    const [first, second] = events[0] === "a in" ? ["a", "b"] : ["b", "a"];
    assert.deepEqual(events, [`${first} in`, `${first} out`, `${second} in`, `${second} out`]);
  });

  it("returns what the work returns, and is free after work that fails", async () => {
    const key = randomUUID();
    await assert.rejects(
      withLock(key, ignore, () => Promise.reject(new Error("work"))),
      /^Error: work$/,
    );
    assert.equal(await withLock(key, ignore, () => Promise.resolve("value")), "value");
  });

  it("names the process that it waits for, and goes on when that is killed", async () => {
    const key = randomUUID();
    const owner = await holder(key);
    const waited: string[] = [];
    const entered = withLock(
      key,
      (pid) => {
        waited.push(pid);
        owner.kill("SIGKILL");
      },
      () => Promise.resolve("in"),
    );
    assert.equal(await entered, "in");
    assert.deepEqual(waited, [String(owner.pid)]);
  });
});
