import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join, markup } from "../../../../cli/shared/page/html";
import { renderPage } from "../../../../cli/shared/page/page";
import { bar, dataTable } from "../../../../cli/shared/page/table";
import { HOSTILE } from "../../../support/hostileReport";

interface Row {
  text: string;
  facets: Record<string, string[]>;
}
interface Script {
  matches: (row: Row, wanted: { words: string; facets: Record<string, string> }) => boolean;
  sorted: <T extends { key: string }>(rows: readonly T[], order: string, direction: number) => T[];
}
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { matches, sorted } = require("../../../../cli/shared/page/table.cjs") as Script;

/** A page with a text wherever there can be one. */
function pageOf(text: string): string {
  const rows = [{ cells: [{ body: text }, { body: "1", key: text }], facets: { [text]: [text, "b"] } }];
  const body = dataTable({ caption: text, columns: [{ title: text }, { title: "b" }], rows, filters: [text] });
  const figures = [{ value: text, label: text }];
  return renderPage({ title: text, about: [[text, text]], figures, sections: [{ heading: text, body }], foot: text });
}

describe("cli/shared/page", () => {
  it("escapes every text, in an element and in an attribute, and shows what nobody sees", () => {
    assert.equal(markup`<p title="${`"'`}">${"<b>&\u202e\n"}</p>`.text, `<p title="&quot;&#39;">&lt;b&gt;&amp;\\u{202e}\\n</p>`);
    assert.equal(join([markup`<i>${1}</i>`, markup`<i>${undefined}</i>`], ", ").text, "<i>1</i>, <i></i>");
  });

  it("is one file: its policy allows its one style and its one script by their hashes, and nothing is fetched", () => {
    const page = pageOf("text");
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!;
    const hashes = ["style", "script"].map((element) => {
      const parts = [...page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"))];
      assert.equal(parts.length, 1, element);
      return `'sha256-${createHash("sha256").update(parts[0]![1]!).digest("base64")}'`;
    });
    assert.equal(policy, `default-src 'none'; style-src ${hashes[0]}; script-src ${hashes[1]}; base-uri 'none'; form-action 'none'`);
    assert.equal(pageOf(HOSTILE).match(/<(script|img)/g)?.length, 1);
    assert.doesNotMatch(page, /<img|<link|<iframe|\ssrc=|\sstyle=|\son[a-z]+="|https?:\/\//);
  });

  it("shows its controls only where the script runs, and names each column and row", () => {
    const { text } = dataTable({
      caption: "Services",
      columns: [{ title: "Service" }, { title: "Age", order: "number" }],
      rows: [{ mood: "bad", cells: [{ body: "shop" }, { body: "43 days", key: 43 }], facets: { State: ["a", "b"] } }],
      filters: ["State"],
    });
    assert.match(text, /<form class="controls" hidden>/);
    assert.match(text, /<th scope="col" data-order="number">Age<\/th>/);
    assert.match(text, /<tr class="bad" data-facets="[^"]+"><th scope="row">shop<\/th><td data-key="43">43 days<\/td><\/tr>/);
    assert.match(text, /<select data-filter="State"><option value="">all<\/option><option>a<\/option><option>b<\/option><\/select>/);
  });

  it("draws a bar that is full at its limit, and never wider", () => {
    for (const [value, mood, width] of [
      [0, "good", 1],
      [45, "good", 50],
      [80, "warn", 89],
      [90, "bad", 100],
      [400, "bad", 100],
    ] as const)
      assert.match(bar(value, 90).text, new RegExp(`class="bar ${mood}".*<rect width="${width}"`));
  });

  describe("the script", () => {
    const row = { text: "apps/shop-db-auth service shop generated", facets: { Origin: ["generated"], State: ["too old"] } };
    const shown = (words: string, facets: Record<string, string> = {}) => matches(row, { words, facets });

    it("shows a row that has every word, in any case, and the value of every filter", () => {
      assert.deepEqual([shown(""), shown("SHOP auth"), shown("shop orders")], [true, true, false]);
      assert.deepEqual(
        [shown("", { Origin: "generated", State: "" }), shown("", { Origin: "external" }), shown("", { No: "x" })],
        [true, false, false],
      );
    });

    it("sorts texts without regard to case, numbers as numbers, rows without a key last, and equal rows as they were", () => {
      const by = (keys: string[], order: string, direction: number) =>
        sorted(
          keys.map((key, index) => ({ key, index })),
          order,
          direction,
        ).map(({ key, index }) => `${key}${index}`);
      assert.deepEqual(by(["b", "A", "", "a"], "text", 1), ["A1", "a3", "b0", "2"]);
      assert.deepEqual(by(["b", "A", "", "a"], "text", -1), ["b0", "A1", "a3", "2"]);
      assert.deepEqual(by(["10", "9", "", "-1"], "number", 1), ["-13", "91", "100", "2"]);
      assert.deepEqual(by(["10", "9", "", "-1"], "number", -1), ["100", "91", "-13", "2"]);
    });

    it("writes no markup: what is in a page stays text", () => {
      const text = fs.readFileSync(require.resolve("../../../../cli/shared/page/table.cjs"), "utf8");
      assert.doesNotMatch(
        text,
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|fetch\(|XMLHttpRequest|<\/script/,
      );
    });
  });
});
