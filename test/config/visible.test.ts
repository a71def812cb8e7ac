import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { commandLine, quote } from "../../config/commandLine";
import { describeProblems } from "../../config/problem";
import { isPlain, visible, visibleJson, visibleLines } from "../../config/visible";
import { HOSTILE, hostile, shellWords, unseenIn } from "../support/hostile";

describe("config/visible", () => {
  it("leaves what is seen as it is, of every language", () => {
    for (const text of ["role agents", "größe, 名, عربي, ‹›…→", "a\\b"]) assert.equal(visible(text), text);
  });

  it("writes out what is not", () => {
    assert.equal(visible("a\n\r\t\u001b[8m\u202eb\u2028\u{e0041}\ud800"), "a\\n\\r\\t\\u{1b}[8m\\u{202e}b\\u{2028}\\u{e0041}\\u{d800}");
    assert.equal(visibleLines("a\n\u001bb"), "a\n\\u{1b}b");
  });

  it("shows all of any text, on one line", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const shown = visible(text);
        assert.deepEqual([unseenIn(shown), shown.includes("\n"), isPlain(shown)], [[], false, true]);
        assert.equal(isPlain(text), shown === text);
      }),
    );
  });

  it("is read back from JSON as it was, and nothing of it is unseen there", () => {
    fc.assert(
      fc.property(fc.array(hostile()), (values) => {
        const text = visibleJson({ values }, 2);
        assert.deepEqual(unseenIn(text), []);
        assert.deepEqual((JSON.parse(text) as { values: string[] }).values, JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  it("problems stay a line each, whoever has named what they are about", () => {
    const problems = HOSTILE.map((path) => ({ path, message: path, remedy: path }));
    const text = describeProblems("T", problems);
    assert.equal(text.split("\n").length, problems.length + 1);
    assert.deepEqual(unseenIn(text), []);
  });
});

describe("config/commandLine", () => {
  it("quotes what needs it, and nothing else", () => {
    assert.equal(commandLine("kubectl", "get", "a b", "x=y", "", "it's"), "kubectl get 'a b' x=y '' 'it'\\''s'");
    assert.equal(quote("=ls"), "'=ls'");
    assert.equal(quote("~"), "'~'");
  });

  it("is read by a shell as the words that it was made of", () => {
    fc.assert(
      fc.property(fc.array(fc.array(hostile(), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 60 }), (lines) => {
        const made = lines.map((words) => commandLine("cmd", ...words));
        assert.deepEqual(
          shellWords(made),
          lines.map((words) => ["cmd", ...words.map(visible)]),
        );
      }),
      { numRuns: 20 },
    );
  });
});
