import assert from "node:assert/strict";
import { FixableError } from "../../config/fixableError";
import { createReport } from "../../lab/progress";
import { eventually } from "../../lab/wait";

/** A stream that keeps what is written, without the times. */
function stream(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => {
    written.push(text.replace(/ *\d+\.\d s/, "0 s"));
    return true;
  };
  return { isTTY, columns: 80, write: write, written };
}

describe("lab/progress", () => {
  it("writes a line for each thing that a step does, once, and its end", async () => {
    const log = stream(false);
    const value = await createReport(log).step("Images", (update) => {
      for (const text of ["pause", "pause", "postgresql"]) update(text);
      return Promise.resolve(1);
    });
    assert.equal(value, 1);
    assert.deepEqual(log.written, ["[0 s] Images\n", "[0 s] Images: pause\n", "[0 s] Images: postgresql\n", "[0 s] Images: done\n"]);
  });

  it("says that a step failed, and leaves its error to the caller", async () => {
    const log = stream(false);
    const failing = createReport(log).step("Images", () => Promise.reject(new Error("no disk")));
    await assert.rejects(failing, /^Error: no disk$/);
    assert.deepEqual(log.written, ["[0 s] Images\n", "[0 s] Images: failed\n"]);
  });

  it("gives a sign of life while a step is silent", async () => {
    const log = stream(false);
    await createReport(log, 1).step("Build", () =>
      eventually({ seconds: 10, expired: () => new Error("silent"), everyMs: 1 }, () => log.written.length > 2 || undefined),
    );
    assert.deepEqual(log.written.slice(0, 3), Array(3).fill("[0 s] Build\n"));
  });

  it("leaves a note where it is", async () => {
    for (const [isTTY, line] of [
      [false, "slow\n"],
      [true, "\rslow\u001b[K\n"],
    ] as const) {
      const log = stream(isTTY);
      const report = createReport(log);
      await report.step("Build", () => Promise.resolve(report.note("slow")));
      assert.equal(log.written[1], line);
    }
  });

  it("rewrites one line on a terminal", async () => {
    const terminal = stream(true);
    await createReport(terminal).step("Images", (update) => Promise.resolve(update("pause")));
    assert.deepEqual(terminal.written, ["\r[0 s] Images\u001b[K", "\r[0 s] Images: pause\u001b[K", "\r[0 s] Images: done\u001b[K\n"]);
  });
});

describe("lab/errors", () => {
  it("names the log and the remedy that it has", () => {
    assert.equal(new FixableError("No disk", "make room", { log: "/log" }).message, "No disk\nLog: /log\nRemedy: make room");
    assert.equal(new FixableError("No disk").message, "No disk");
  });
});

describe("lab/wait", () => {
  it("returns the first value, and throws what the limit says after it", async () => {
    let attempts = 0;
    assert.equal(
      await eventually({ seconds: 10, everyMs: 1, expired: () => new Error("late") }, () => (++attempts === 3 ? attempts : undefined)),
      3,
    );
    await assert.rejects(
      eventually({ seconds: 0, everyMs: 1, expired: () => new Error("late") }, () => undefined),
      /^Error: late$/,
    );
  });
});
