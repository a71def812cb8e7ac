import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import type { ServiceOutput } from "../../../catalog/outputs";
import { writeChange } from "../../../cli/rotate/apply";

describe("cli/rotate/apply, a change that is only written", () => {
  let directory: string;
  let file: string;
  // Nobody answers there.
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "none", server: "https://127.0.0.1:1", skipTLSVerify: false }, { name: "nobody" });
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), "write-"));
    file = path.join(directory, "Pulumi.test.yaml");
    await fs.writeFile(file, "before");
  });
  afterEach(() => fs.rm(directory, { recursive: true }));

  const write = (previous?: string, force = false) =>
    writeChange(
      { config },
      { stack: "test", file },
      {
        cluster: "apps/pg",
        edit: (text) => `${text} and after`,
        ends: [["shop", { role: "shop", ...(previous === undefined ? {} : { previous }) } as ServiceOutput]],
        force,
      },
    );

  it("is in the file, and asks the cluster nothing where no credential ends", async () => {
    await write();
    assert.equal(await fs.readFile(file, "utf8"), "before and after");
  });

  it("is not written where a credential ends and nobody can say whether it is in use", async () => {
    await assert.rejects(write("shop_a"));
    assert.equal(await fs.readFile(file, "utf8"), "before");
  });

  it("is written all the same with --force", async () => {
    await write("shop_a", true);
    assert.equal(await fs.readFile(file, "utf8"), "before and after");
  });
});
