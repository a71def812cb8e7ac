import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { endOrphans } from "../../../cli/recover/orphans";

describe("cli/recover/orphans", () => {
  let project: string;
  let engine: net.Server;
  const started: ChildProcess[] = [];
  before(async function () {
    if (process.platform !== "linux") return this.skip();
    project = await fs.mkdtemp(path.join(os.tmpdir(), "orphans-"));
    await fs.writeFile(path.join(project, "pulumi-resource-test"), "#!/bin/sh\nread -r _\n", { mode: 0o700 });
    engine = net.createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(engine, "listening");
  });
  after(async () => {
    for (const child of started) child.kill("SIGKILL");
    engine?.close();
    if (project) await fs.rm(project, { recursive: true });
  });

  /** A process that looks like a plugin of the engine at that port. */
  async function plugin(port: number, cwd = project): Promise<ChildProcess> {
    const child = spawn(path.join(project, "pulumi-resource-test"), [`127.0.0.1:${port}`], { cwd, stdio: ["pipe", "ignore", "ignore"] });
    started.push(child);
    await once(child, "spawn");
    return child;
  }
  const port = () => (engine.address() as net.AddressInfo).port;

  /** A port that nobody listens on. */
  async function deadPort(): Promise<number> {
    const closed = net.createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port: dead } = closed.address() as net.AddressInfo;
    closed.close();
    return dead;
  }

  it("ends the plugins of dead engines of this project, and no others", async () => {
    const dead = await deadPort();
    const [orphan, working, foreign] = [await plugin(dead), await plugin(port()), await plugin(dead, os.tmpdir())];
    const ended = once(orphan, "exit");
    assert.equal(await endOrphans(project), 1);
    assert.deepEqual((await ended)[1], "SIGKILL");
    assert.deepEqual([working.exitCode, working.signalCode, foreign.exitCode, foreign.signalCode], [null, null, null, null]);
    assert.equal(await endOrphans(project), 0);
  });

  it("goes on where one has ended by itself meanwhile", async () => {
    const orphan = await plugin(await deadPort());
    const kill = process.kill.bind(process);
    process.kill = (pid, signal) => {
      assert.deepEqual([pid, signal], [orphan.pid, "SIGKILL"]);
      throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
    };
    try {
      assert.equal(await endOrphans(project), 0);
    } finally {
      process.kill = kill;
    }
  });
});
