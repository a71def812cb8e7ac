import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { pinnedVersion } from "../../lab/toolchain/go";
import { engineOnPath, pulumiVersions, serves, versionOnPath } from "../../lab/toolchain/pulumi";

describe("lab/toolchain", () => {
  it("takes an engine of the same major version that is not older", () => {
    const cases: [version: string, serves: boolean][] = [
      ["v3.259.0", true],
      ["v3.259.1\n", true],
      ["3.300.0", true],
      ["v3.258.9", false],
      ["v3.99.0", false],
      ["v4.0.0", false],
      ["v2.999.0", false],
      ["", false],
      ["not a version", false],
    ];
    for (const [version, expected] of cases) assert.equal(serves(version, "3.259.0"), expected, version);
  });

  it("has the engine's module pinned at the version of its npm package", async () => {
    assert.equal(await pinnedVersion("engine", "github.com/pulumi/pulumi/pkg/v3"), `v${(await pulumiVersions()).engine}`);
  });

  it("finds the version of a module that is a tool too", async () => {
    assert.match(await pinnedVersion("vault", "github.com/hashicorp/vault"), /^v1\.\d+\.\d+$/);
  });

  it("names what a go.mod does not require", async () => {
    await assert.rejects(pinnedVersion("engine", "example.com/none"), { message: "engine/go.mod does not require example.com/none" });
  });

  describe("the engine on the PATH", () => {
    let directory: string;

    beforeEach(async () => {
      directory = await fs.mkdtemp(path.join(os.tmpdir(), "path-"));
    });

    afterEach(() => fs.rm(directory, { recursive: true }));

    async function install(folder: string, version: string): Promise<string> {
      const file = path.join(directory, folder, "pulumi");
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
      return file;
    }

    const found = (...folders: string[]) => {
      const PATH = folders.map((folder) => path.join(directory, folder)).join(path.delimiter);
      return engineOnPath("3.259.0", { PATH });
    };

    it("is the first, behind the npm launcher", async () => {
      await install("node_modules/.bin", "v3.259.0");
      const first = await install("first", "v3.260.0");
      await install("second", "v3.259.0");
      assert.equal(await found("node_modules/.bin", "empty", "first", "second"), first);
    });

    it("is not one that a shell would not run, or that is too old", async () => {
      await install("old", "v3.100.0");
      await install("new", "v3.259.0");
      assert.equal(await found("old", "new"), undefined);
      assert.equal(await found("empty"), undefined);
      assert.equal(await versionOnPath({ PATH: path.join(directory, "old") }), "3.100.0");
      assert.equal(await versionOnPath({ PATH: path.join(directory, "empty") }), undefined);
    });
  });
});
