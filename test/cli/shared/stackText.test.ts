import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { removeInText, setInText } from "../../../cli/shared/stackText";

const PATH = ["config", "rotation", "all"];

describe("cli/shared/stackText", () => {
  const cases: [what: string, text: string, expected: string][] = [
    ["a value that is there", "config:\n  rotation:\n    all: 1 # why\n", "config:\n  rotation:\n    all: 7 # why\n"],
    ["a value in braces", "config: { rotation: {all: 1, b: [x, y]} }\n", "config: { rotation: {all: 7, b: [x, y]} }\n"],
    [
      "a key in a mapping",
      "config:\n  rotation:\n    b: [x, y]  # why\n  c: 1\n",
      "config:\n  rotation:\n    b: [x, y]  # why\n    all: 7\n  c: 1\n",
    ],
    ["a key in braces", "config:\n  rotation: { b: [x, y] } # why\n", "config:\n  rotation: { b: [x, y], all: 7 } # why\n"],
    ["a key in empty braces", "config:\n  rotation: {} # why\n", "config:\n  rotation: { all: 7 } # why\n"],
    ["two keys", "config:\n  c: 1\n", "config:\n  c: 1\n  rotation:\n    all: 7\n"],
    ["two keys in braces", "config: { c: 1 }\n", "config: { c: 1, rotation: { all: 7 } }\n"],
    [
      "a key after text of several lines",
      "config:\n  c: |\n    one\n    two\nx: 1\n",
      "config:\n  c: |\n    one\n    two\n  rotation:\n    all: 7\nx: 1\n",
    ],
    [
      "a key after a list without an indent",
      "config:\n  c:\n  - a\n  - b\nx: 1\n",
      "config:\n  c:\n  - a\n  - b\n  rotation:\n    all: 7\nx: 1\n",
    ],
    ["a key at the end of a text without a line break", "config:\n  c: 1", "config:\n  c: 1\n  rotation:\n    all: 7"],
    ["everything, in an empty text", "", "config:\n  rotation:\n    all: 7\n"],
  ];
  for (const [what, text, expected] of cases)
    it(`sets ${what}, and leaves all else as it is written`, () => assert.equal(setInText(text, PATH, 7), expected));

  it("sets a mapping, in braces, where a value is or nothing", () => {
    const entry = { active: "b", a: "0.1.2" };
    assert.equal(
      setInText("config:\n  rotation:\n    all: 1 # why\n", PATH, entry),
      "config:\n  rotation:\n    all: { active: b, a: 0.1.2 } # why\n",
    );
    assert.equal(setInText("config:\n  c: 1\n", PATH, entry), "config:\n  c: 1\n  rotation:\n    all: { active: b, a: 0.1.2 }\n");
  });

  const gone: [what: string, text: string, expected: string][] = [
    ["a line", "config:\n  rotation:\n    b: 1 # why\n    all: 1 # what\n    c: 2\n", "config:\n  rotation:\n    b: 1 # why\n    c: 2\n"],
    ["the first of braces", "config:\n  rotation: { all: 1, b: 2 } # why\n", "config:\n  rotation: { b: 2 } # why\n"],
    ["the last of braces", "config:\n  rotation: { b: 2, all: 1 }\n", "config:\n  rotation: { b: 2 }\n"],
    ["several lines", "config:\n  rotation:\n    all:\n      x: 1\n      y: 2\n    b: 1\n", "config:\n  rotation:\n    b: 1\n"],
    ["what is alone in its mapping, with that", "config:\n  c: 1\n  rotation:\n    all: 1\nx: 1\n", "config:\n  c: 1\nx: 1\n"],
    ["nothing that is not there", "config:\n  rotation: { b: 2 }\n", "config:\n  rotation: { b: 2 }\n"],
    ["the last line of a text without a line break", "config:\n  rotation:\n    b: 1\n    all: 1", "config:\n  rotation:\n    b: 1\n"],
  ];
  for (const [what, text, expected] of gone)
    it(`takes out ${what}, and leaves all else as it is written`, () => assert.equal(removeInText(text, PATH), expected));

  it("writes anew what it cannot change in place, and says the same", () =>
    assert.deepEqual(parse(setInText("x: &c { c: 1 }\nconfig:\n  <<: *c\n", PATH, 7), { merge: true }), {
      x: { c: 1 },
      config: { c: 1, rotation: { all: 7 } },
    }));

  it("changes one value and no line but its own, of any file", () => {
    const key = fc.constantFrom("a", "b", "c-d", "rotation", "all");
    const leaf = fc.oneof(fc.integer(), fc.constantFrom("text", "1.0.0", "yes", "two\nlines\n", "", "# no comment", "a: b"));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(leaf, { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const config = fc
      .dictionary(key, tree, { maxKeys: 4, noNullPrototype: true })
      .filter(({ rotation }) => rotation === undefined || isMapping(rotation));
    fc.assert(
      fc.property(config, fc.integer({ min: 0 }), (config, value) => {
        const text = stringify({ first: [1, 2], config, last: "x" });
        const changed = setInText(text, PATH, value);
        const rotation = { ...(config.rotation as object | undefined), all: value };
        assert.deepEqual(parse(changed), { first: [1, 2], config: { ...config, rotation }, last: "x" });
        const lines = changed.split("\n");
        const gone = text.split("\n").filter((line) => !lines.includes(line));
        // The line with the value, or with the empty braces that it goes into; a value that is no
        // number may have several.
        const { all } = (config.rotation ?? {}) as { all?: unknown };
        if (all === undefined || typeof all === "number") assert.ok(gone.length <= 1, `${text}\n---\n${changed}`);
      }),
      { numRuns: 100 },
    );
  });
});

const isMapping = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
