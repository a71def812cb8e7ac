import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { engineDirectory, findProject, projectDirectory, projectName, useProject } from "../../../cli/stack/project";
import { REPOSITORY } from "../../../lab/paths";

describe("cli/stack/project", () => {
  let directory: string;
  const before = projectDirectory();
  beforeEach(() => (directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "project-")))));
  afterEach(() => {
    useProject(before);
    fs.rmSync(directory, { recursive: true });
  });
  const write = (project: object) => fs.writeFileSync(path.join(directory, "Pulumi.yaml"), JSON.stringify(project));
  const nodeargs = "--require ./node_modules/cnpg-credentials/cli/typescript.cjs";

  for (const [what, project, isOurs] of [
    ["of this program's name", { name: "cnpg-credentials", runtime: "nodejs" }, true],
    ["whose program is this package", { name: "acme", main: "node_modules/cnpg-credentials" }, true],
    ["that `pulumi new` has made", { name: "acme", runtime: { name: "nodejs", options: { nodeargs } } }, true],
    ["of somebody else's", { name: "acme", runtime: "go" }, false],
  ] as const)
    it(`${isOurs ? "finds" : "leaves alone"} a project ${what}`, () => {
      write(project);
      fs.mkdirSync(path.join(directory, "catalog"));
      assert.equal(findProject(path.join(directory, "catalog")), isOurs ? directory : undefined);
    });

  it("has the engine work under the name that the project has", () => {
    write({ name: "acme", main: "node_modules/cnpg-credentials" });
    useProject(directory);
    assert.deepEqual([projectName(), engineDirectory()], ["acme", directory]);
    write({ name: "cnpg-credentials" });
    assert.deepEqual([projectName(), engineDirectory()], ["cnpg-credentials", REPOSITORY]);
  });
});
