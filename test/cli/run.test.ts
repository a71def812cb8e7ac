import * as assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";

const ROOT = path.join(__dirname, "../..");

describe("cli/run.cjs", () => {
  let directory: string;
  const at = (file: string) => path.join(directory, file);

  /**
   * A bare clone, as far as the start of a command needs one, and an npm that writes down what it
   * is told, and fetches Node at the nth time.
   */
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "run-"));
    for (const place of ["cli", "policy"]) await fs.mkdir(at(place));
    for (const file of ["cli/run.cjs", "package.json"]) await fs.copyFile(path.join(ROOT, file), at(file));
    for (const place of [".", "policy"]) await fs.writeFile(at(`${place}/package-lock.json`), "{}");
    await fs.writeFile(at("cli/typescript.cjs"), "");
    await fs.writeFile(at("command.cjs"), "");
    await fs.writeFile(
      at("npm.cjs"),
      `const fs = require("node:fs");
       fs.mkdirSync("node_modules", { recursive: true });
       const told = ${JSON.stringify(at("told"))};
       fs.appendFileSync(told, process.argv.slice(2).join(" ") + "\\n");
       if (fs.readFileSync(told, "utf8").split("rebuild").length <= Number(process.env.FETCHED_AT ?? "1")) process.exit();
       if (process.argv[2] !== "rebuild") process.exit();
       fs.mkdirSync("node_modules/node/bin", { recursive: true });
       fs.symlinkSync(process.execPath, "node_modules/node/bin/node");`,
    );
  });
  afterEach(() => fs.rm(directory, { recursive: true }));

  async function start(env: Readonly<Record<string, string>>): Promise<string[]> {
    await execa(process.execPath, [at("cli/run.cjs"), at("command.cjs")], {
      env: { PATH: process.env.PATH, npm_execpath: at("npm.cjs"), ...env },
      extendEnv: false,
    });
    return (await fs.readFile(at("told"), "utf8")).trim().split("\n").sort();
  }
  const INSTALL = "ci --ignore-scripts --no-audit --no-fund";

  it("lets no package run a script but the one that brings Node, and that in no pipeline", async () => {
    assert.deepEqual(await start({}), [INSTALL, INSTALL, "rebuild node"]);
    assert.deepEqual(await start({}), [INSTALL, INSTALL, "rebuild node"], "the second time there is nothing to install");
  });

  it("installs nothing where it is an installed package, which has no lock file", async () => {
    await fs.rm(at("package-lock.json"));
    await assert.rejects(start({}), { code: "ENOENT" }, "npm was called");
  });

  it("has Node fetched once more when it did not come", async () =>
    assert.deepEqual(await start({ FETCHED_AT: "2" }), [INSTALL, INSTALL, "rebuild node", "rebuild node"]));

  it("lets none run one in a pipeline whose Node will do", async () => assert.deepEqual(await start({ CI: "true" }), [INSTALL, INSTALL]));

  it("has Node fetched in a pipeline whose own is too old, and then says so where that has failed", async () => {
    const older = at("older.cjs");
    await fs.writeFile(older, `Object.defineProperty(process.versions, "node", { value: "20.20.2" });`);
    await assert.rejects(
      start({ CI: "true", NODE_OPTIONS: `--require ${older}`, FETCHED_AT: "9" }),
      /The pinned Node is not in node_modules.*\(this is 20\.20\.2\)/,
    );
    assert.match(await fs.readFile(at("told"), "utf8"), /^rebuild node$/m);
  });
});
