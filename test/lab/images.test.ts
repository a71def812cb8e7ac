import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { missingImages } from "../../lab/cluster/images";
import { pgbouncerVersion } from "../../lab/images/pgbouncer";
import { REPOSITORY } from "../../lab/paths";

describe("lab/cluster/images", () => {
  const image = (reference: string, archive: string) => ({ reference, archive });

  it("imports what the node lacks and what has changed under its name, and keeps what was given besides", () => {
    const imported = { "localhost/node:1": "/a/image.tar", "localhost/other:1": "/o/image.tar" };
    assert.deepEqual(missingImages(imported, [image("localhost/node:1", "/a/image.tar")]), []);
    const changed = [image("localhost/node:1", "/b/image.tar")];
    assert.deepEqual(missingImages(imported, changed), changed);
    const added = [image("localhost/node:2", "/a/image.tar")];
    assert.deepEqual(missingImages(imported, added), added);
    // As it was before it changed: the node has the other one by this name.
    assert.deepEqual(
      missingImages({ ...imported, "localhost/node:1": "/b/image.tar" }, [image("localhost/node:1", "/a/image.tar")]).length,
      1,
    );
  });
});

describe("lab/images/pgbouncer", () => {
  for (const [version, expected] of [
    ["1.24.1", "1.24.1"],
    ["1.19.0", "1.19.0"],
    ["2.0", "2.0"],
    ["1.18.0", undefined],
    ["1.7.2", undefined],
  ] as const)
    it(`${expected === undefined ? "refuses" : "takes"} ${version}`, () =>
      assert.equal(pgbouncerVersion(`PgBouncer ${version}\nlibevent 2.1.12-stable\n`), expected));

  it("does not take anything else for a version", () => assert.throws(() => pgbouncerVersion("sh: not found"), /no version of PgBouncer/));
});

describe("lab/images/nodejs", () => {
  it("takes a program whose version is that of its package, which becomes the image's tag", async () => {
    const directory = path.join(REPOSITORY, "node_modules", "node");
    const { version } = JSON.parse(await fs.readFile(path.join(directory, "package.json"), "utf8")) as { version: string };
    const { stdout } = await execa(path.join(directory, "bin", "node"), ["--version"]);
    assert.equal(stdout, `v${version}`);
  });
});
