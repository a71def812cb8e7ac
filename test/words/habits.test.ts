import * as assert from "node:assert/strict";
import { HABITS, longComments, ofMarkdown, ofProgram, sentencesOf } from "./habits";
import { above, count, look } from "./files";

const found = (sentence: string) =>
  HABITS.filter(({ isIn }) => sentencesOf(sentence, 1).some(({ text }) => isIn(text))).map(({ name }) => name);

describe("words", () => {
  for (const [sentence, habit] of [
    ["What is off leaves no object behind.", "clause as subject"],
    ["Whoever has the key can replicate.", "clause as subject"],
    ["It is no YAML.", "is no"],
    ["Mend the cause.", "mend"],
    ["It lists all that is amiss.", "amiss"],
    ["It has every password in clear.", "in clear"],
    ["The Cluster is to be led there.", "is to be"],
    ["It is the password that of the owner.", "that of"],
    ["It reads a token of Vault's.", "double genitive"],
    ["The operator is told to leave it.", "is told"],
    [`${"a word ".repeat(18)}.`, "long sentence"],
  ] as const)
    it(`finds "${habit}"`, () => assert.ok(found(sentence).includes(habit), found(sentence).join()));

  for (const sentence of [
    "What happens if the state is lost?",
    "There is no primary.",
    "It is no longer there.",
    "The seal of Vault's first pod is open.",
    "It takes the token that the account has.",
    "`What is off` is a name.",
    `A setting \`${"word ".repeat(40)}\` is a name.`,
  ])
    it(`leaves ${JSON.stringify(sentence.slice(0, 40))} alone`, () => assert.deepEqual(found(sentence), []));

  it("reads paragraphs, items and cells of a page, and neither code nor headings", () => {
    const page =
      "# What it is\n\nOne line\nthat goes on. Two.\n\n- An item.\n\n| What is it | a cell |\n| --- | --- |\n\n```sh\n# What is off\n```\n";
    assert.deepEqual(
      ofMarkdown(page).map(({ text, line }) => [line, text]),
      [
        [3, "One line that goes on."],
        [3, "Two."],
        [6, "An item."],
        [8, "What is it"],
        [8, "a cell"],
      ].filter(([, text]) => /[a-z]/.test(String(text))),
    );
  });

  it("reads comments and messages of a program, and of a test only the names of tests", () => {
    const program = '/**\n * What it does\n * at once. Then more.\n */\nconst a = "this is a message"; // and why\n';
    assert.deepEqual(
      ofProgram(program, false).map(({ text }) => text),
      ["this is a message", "What it does at once.", "Then more.", "and why"],
    );
    const test = 'it("reads what it must read", () => equal(said, "mend it with this command"));';
    assert.deepEqual(
      ofProgram(test, true).map(({ text }) => text),
      ["reads what it must read"],
    );
  });

  it("finds lines of comments that are too long", () => {
    assert.deepEqual(longComments(`${"// x".padEnd(100, "x")}\n${" * x".padEnd(101, "x")}\n${"x".repeat(200)}`), [2]);
  });

  it("refuses what a file has more often than the ratchet allows, with its place, and allows less", () => {
    const text = "Mend it. Mend it again.\n";
    const [some, none] = [look("docs/x.md", text), look("docs/x.md", "Fix it.\n")];
    assert.deepEqual(count(some), { "docs/x.md": { mend: 2 } });
    const [problem, ...places] = above(some, { "docs/x.md": { mend: 1 } });
    assert.match(problem!, /^docs\/x\.md: mend: 2, and 1 are allowed\. write `fix`/);
    assert.deepEqual(
      places.map((place) => place.trim()),
      ["docs/x.md:1 Mend it.", "docs/x.md:1 Mend it again."],
    );
    assert.deepEqual(above(some, { "docs/x.md": { mend: 2 } }), []);
    assert.deepEqual(above(none, { "docs/x.md": { mend: 2 } }), []);
  });
});
