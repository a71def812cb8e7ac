import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileOf, goldenCommands, Goldens, goldenSections } from "./golden";

const ROOT = path.resolve(__dirname, "../..");

describe("golden files", () => {
  it("have sections of test files that there are, and nothing before the first", () => {
    for (const command of goldenCommands()) {
      assert.match(fs.readFileSync(path.join(ROOT, "test/golden", `${command}.txt`), "utf8"), /^==== /);
      for (const heading of goldenSections(command).keys())
        assert.ok(
          fs.existsSync(path.join(ROOT, fileOf(heading))),
          `test/golden/${command}.txt: ${fileOf(heading)} is gone; delete ${heading}`,
        );
    }
  });

  describe("of a test", () => {
    let directory: string;
    const [ONE, OTHER] = ["test/one.test.ts", "test/other.test.ts"];
    const goldens = (file: string, writes = false) => new Goldens(file, writes, directory, directory);
    const text = () => fs.readFileSync(path.join(directory, "drift.txt"), "utf8");
    const write = (file: string, texts: Readonly<Record<string, string>>) => {
      const written = goldens(file, true);
      for (const [title, said] of Object.entries(texts)) written.say("drift", title, said);
      written.end();
    };
    beforeEach(() => {
      directory = fs.mkdtempSync(path.join(os.tmpdir(), "golden-"));
      fs.mkdirSync(path.join(directory, "test"));
      for (const file of [ONE, OTHER]) fs.writeFileSync(path.join(directory, file), "");
    });
    afterEach(() => fs.rmSync(directory, { recursive: true }));

    it("are written section by section, sorted, beside those of other tests", () => {
      write(OTHER, { all: "# Page\n\n## Part\n\nlast\n" });
      write(ONE, { second: "b", first: "a" });
      assert.equal(
        text(),
        "==== test/one.test.ts: first\n\na\n\n==== test/one.test.ts: second\n\nb\n\n==== test/other.test.ts: all\n\n# Page\n\n## Part\n\nlast\n",
      );
      goldens(OTHER).say("drift", "all", "# Page\n\n## Part\n\nlast");
    });

    it("lose sections that it no longer says, those of tests that are gone, and then themselves", () => {
      write(ONE, { first: "a", second: "b" });
      write(OTHER, { all: "c" });
      write(ONE, { first: "a" });
      assert.deepEqual([...goldenSections("drift", directory).keys()], [`${ONE}: first`, `${OTHER}: all`]);
      fs.rmSync(path.join(directory, OTHER));
      write(ONE, {});
      assert.deepEqual(goldenCommands(directory), []);
    });

    it("fail with the lines that differ, and the command that writes them", () => {
      write(ONE, { first: "same\nold\nsame" });
      assert.throws(() => goldens(ONE).say("drift", "first", "same\nnew\nsame"), {
        message: [
          "test/golden/drift.txt, first: other lines than these (-) are said (+):",
          "- old",
          "+ new",
          "If that is intended, run `npm test -- --write-golden test/one.test.ts` and review the diff of test/golden.",
        ].join("\n"),
      });
      assert.throws(() => goldens(ONE).say("drift", "first", "same\nold"), /first: .*\n- same\nIf/s);
      assert.throws(() => goldens(ONE).say("drift", "first", "old\nsame\nsame"), /line 1 is elsewhere/);
      assert.throws(() => goldens(ONE).say("drift", "second", "b"), /second: there is no such section/);
      assert.throws(() => goldens(ONE).say("drift", "first", Array(40).fill("x").join("\n")), /\.\.\. and 31 lines more/);
      assert.throws(() => goldens(OTHER).say("drift", "first", "same\nold\nsame"), /there is no such section/);
    });

    it("fail with sections that it does not say", () => {
      write(ONE, { first: "a", second: "b" });
      write(OTHER, { all: "c" });
      const one = goldens(ONE);
      one.say("drift", "first", "a");
      assert.throws(() => one.end(), /^AssertionError.*no test says these sections:\ntest\/golden\/drift\.txt, second\nIf/s);
      one.say("drift", "second", "b");
      one.end();
    });

    it("have one text a title, none of whose lines looks like a heading", () => {
      const one = goldens(ONE, true);
      one.say("drift", "first", "a");
      assert.throws(() => one.say("drift", "first", "b"), /two texts of this file have the title first/);
      assert.throws(() => one.say("drift", "second", "==== a"), /the mark of a heading/);
    });
  });
});
