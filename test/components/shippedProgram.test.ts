import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { shippedFiles, shippedProgram } from "../../components/shippedProgram";

const PROGRAM = `console.log(require("node:fs").readFileSync(process.argv[2], "utf8"), process.argv.slice(3).join(" "), __filename)`;
const FILES = { "program.cjs": PROGRAM, "settings.json": "{}" };

describe("components/shippedProgram", () => {
  let directory: string;
  beforeEach(async () => (directory = await fs.mkdtemp(path.join(os.tmpdir(), "shipped-"))));
  afterEach(() => fs.rm(directory, { recursive: true, force: true }));

  /** Runs it as a pod does, with what its ConfigMap has by now. */
  async function run(mounted: Readonly<Record<string, string>>) {
    const { command, args } = shippedProgram("gate", FILES, directory, ["one", "-two"]);
    for (const [name, text] of Object.entries(mounted)) await fs.writeFile(path.join(directory, name), text);
    assert.deepEqual(command, ["node"]);
    return execa(process.execPath, args, { reject: false });
  }

  it("runs the program, with its files and arguments", async () => {
    const { exitCode, stdout, stderr } = await run(FILES);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal(stdout, `{} one -two ${path.join(directory, "program.cjs")}`);
  });

  for (const [what, changed] of [
    ["the program", { "program.cjs": 'console.log("stolen")' }],
    ["one of its files", { "settings.json": '{"secrets":"all"}' }],
    ["a space", { "program.cjs": `${PROGRAM} ` }],
  ] as const)
    it(`runs nothing where somebody has changed ${what}`, async () => {
      const { exitCode, stdout, stderr } = await run({ ...FILES, ...changed });
      assert.deepEqual([exitCode, stdout], [2, ""]);
      assert.match(stderr, /is not what this pod is to run: somebody has changed its ConfigMap/);
    });

  it("runs nothing where a file is not there", async () => {
    const { exitCode, stdout } = await run({ "program.cjs": PROGRAM });
    assert.deepEqual([exitCode === 0, stdout], [false, ""]);
  });

  it("is an immutable ConfigMap, called after what is in it", () => {
    const one = shippedProgram("gate", FILES, "/gate");
    const { metadata, immutable, data } = shippedFiles({ name: "gate" }, one) as {
      metadata: { name: string };
      immutable: boolean;
      data: object;
    };
    assert.match(metadata.name, /^gate-[0-9a-f]{10}$/);
    assert.deepEqual([immutable, data], [true, FILES]);
    assert.equal(shippedProgram("gate", { ...FILES }, "/gate").name, one.name);
    for (const other of [{ ...FILES, "settings.json": "{ }" }, { "program.cjs": PROGRAM }])
      assert.notEqual(shippedProgram("gate", other, "/gate").name, one.name);
  });
});
