import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { changeFile, type Steps } from "../../../cli/rotate/change";

describe("cli/rotate/change", () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "change-"));
    file = path.join(directory, "Pulumi.test.yaml");
    await fs.writeFile(file, "before");
  });
  afterEach(() => fs.rm(directory, { recursive: true }));

  /**
   * What is done, with what the file says at that time, and what is returned or thrown in the end.
   */
  async function change(answers: { preview?: number | Error; agreed?: boolean | Error; up?: number | Error }): Promise<string[]> {
    const done: string[] = [];
    const step = async <T>(name: string, answer: T | Error) => {
      done.push(`${name}: ${await fs.readFile(file, "utf8")}`);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const steps: Steps = {
      preview: () => step("preview", answers.preview ?? 0),
      agreed: () => step("agreed", answers.agreed ?? true),
      up: () => step("up", answers.up ?? 0),
    };
    const outcome = await changeFile(file, (before) => `${before} and after`, steps).catch((error: Error) => error.message);
    return [...done, `${outcome}: ${await fs.readFile(file, "utf8")}`];
  }
  const cases: [string, Parameters<typeof change>[0], ...string[]][] = [
    [
      "changes the file for a preview, asks, and brings the stack up",
      {},
      "preview: before and after",
      "agreed: before and after",
      "up: before and after",
      "0: before and after",
    ],
    [
      "leaves the file as it was when the answer is no",
      { agreed: false },
      "preview: before and after",
      "agreed: before and after",
      "2: before",
    ],
    ["leaves the file as it was when the preview fails, and asks nothing", { preview: 7 }, "preview: before and after", "7: before"],
    [
      "leaves the file as it was when there is no preview",
      { preview: new Error("no engine") },
      "preview: before and after",
      "no engine: before",
    ],
    [
      "leaves the file as it was when there is nobody to ask",
      { agreed: new Error("nobody") },
      "preview: before and after",
      "agreed: before and after",
      "nobody: before",
    ],
    [
      "leaves the file changed when the up fails, so that the next one goes on",
      { up: 255 },
      "preview: before and after",
      "agreed: before and after",
      "up: before and after",
      "255: before and after",
    ],
  ];
  for (const [what, answers, ...expected] of cases) it(what, async () => assert.deepEqual(await change(answers), expected));

  it("changes nothing when the change itself cannot be made", async () => {
    const never = () => Promise.reject(new Error("called"));
    const edit = () => {
      throw new Error("no such group");
    };
    await assert.rejects(changeFile(file, edit, { preview: never, agreed: never, up: never }), /no such group/);
    assert.equal(await fs.readFile(file, "utf8"), "before");
  });

  it("puts the file back when Ctrl-C ends the preview", async () => {
    const script = `
      const { changeFile } = require(${JSON.stringify(path.join(__dirname, "../../../cli/rotate/change"))});
      const preview = async () => {
        process.kill(process.pid, "SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 100));
        return 255;
      };
      changeFile(${JSON.stringify(file)}, () => "after", { preview }).then((code) => process.stdout.write(String(code)));`;
    const child = spawn(process.execPath, ["--require", path.join(__dirname, "../../../cli/typescript.cjs"), "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit") as Promise<[number | null, string | null]>;
    const [said, [code, signal]] = await Promise.all([text(child.stdout), exited]);
    assert.deepEqual([said, code, signal, await fs.readFile(file, "utf8")], ["255", 0, null, "before"]);
  });
});
