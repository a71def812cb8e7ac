import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { artifactPath, digest, ensureArtifact, type Recipe } from "../../lab/artifact";

const ignore = () => {};

describe("lab/artifact", () => {
  let cache: string;
  const before_ = process.env.XDG_CACHE_HOME;

  beforeEach(async () => {
    cache = await fs.mkdtemp(path.join(os.tmpdir(), "artifact-"));
    process.env.XDG_CACHE_HOME = cache;
  });

  afterEach(async () => {
    if (before_ === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before_;
    await fs.rm(cache, { recursive: true });
  });

  /** Counts how often it is made, and says so in the file that it makes. */
  function recipe(overrides: Partial<Recipe> = {}): Recipe & { made: () => number } {
    let made = 0;
    return {
      kind: "tools",
      name: "example",
      inputs: ["a"],
      make: (target) => fs.writeFile(target, String(++made)),
      made: () => made,
      ...overrides,
    };
  }

  describe("digest", () => {
    it("tells lists apart whose elements join to the same text", () => {
      assert.notEqual(digest(["ab", "c"]), digest(["a", "bc"]));
      assert.notEqual(digest(["a", ""]), digest(["a"]));
    });

    it("is the same for the same list, as text or as bytes", () => {
      assert.equal(digest(["é", "b"]), digest([Buffer.from("é"), "b"]));
    });
  });

  it("is made once, and found from then on", async () => {
    const example = recipe();
    const first = await ensureArtifact(example, ignore);
    assert.equal(await ensureArtifact(example, ignore), first);
    assert.equal(example.made(), 1);
    assert.equal(await fs.readFile(first, "utf8"), "1");
  });

  it("is another artifact with other inputs", () => {
    assert.notEqual(artifactPath(recipe()), artifactPath(recipe({ inputs: ["b"] })));
  });

  it("is made once by two that want it at the same time", async () => {
    const example = recipe();
    await Promise.all([ensureArtifact(example, ignore), ensureArtifact(example, ignore)]);
    assert.equal(example.made(), 1);
  });

  it("does not exist when making it fails halfway, and is made anew over what that left", async () => {
    const failing = recipe({
      make: async (target) => {
        await fs.mkdir(target);
        await fs.writeFile(path.join(target, "half"), "");
        throw new Error("halfway");
      },
    });
    await assert.rejects(ensureArtifact(failing, ignore), /^Error: halfway$/);
    await assert.rejects(fs.access(artifactPath(failing)), { code: "ENOENT" });

    const made = await ensureArtifact(recipe({ make: (target) => fs.mkdir(target) }), ignore);
    assert.deepEqual(await fs.readdir(made), []);
  });
});
