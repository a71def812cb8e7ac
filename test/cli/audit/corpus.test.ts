import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { renderJson, renderText } from "../../../cli/audit/render";
import { renderSarif } from "../../../cli/audit/sarif";
import { auditCorpus, auditFiles, corpusOf, PARTS, score } from "../../support/audited";

const DOCUMENT = fs.readFileSync(path.join(__dirname, "../../../docs/audit.md"), "utf8");

describe("the audit over its corpus", () => {
  for (const part of PARTS)
    it(`finds in ${part} what its documentation says`, () => {
      const { labels, found, precision, recall, missed, extra } = score(part);
      const row = `| \`${part}\` | ${labels} | ${found} | ${precision.toFixed(2)} | ${recall.toFixed(2)} |`;
      assert.ok(
        DOCUMENT.replace(/ +/g, " ").includes(row),
        `docs/audit.md has no line ${row}; missed: ${missed.join(", ")}; extra: ${extra.join(", ")}`,
      );
    });

  for (const part of PARTS)
    it(`says no value of ${part}`, () => {
      const report = auditCorpus(part);
      assert.ok(report.findings.length > 0);
      for (const text of [renderText(report, { limit: 0, least: "note", colour: false }), renderJson(report), renderSarif(report)]) {
        // What the corpus has for credentials: all of them say that they are none.
        assert.doesNotMatch(text, /fake/i);
        for (const value of ["shop-admin-1234", "7Qm2Zp9Xk4Lw8Rt3Vb6N", "q8Wn3Er7Ty1Ui5Op9As2", "00112233445566778899aabbccddeeff"])
          assert.ok(!text.includes(value));
      }
    });

  it("names what it cannot read, with a reason and without a word of it", () => {
    const { unparsable } = auditCorpus("heldout");
    assert.deepEqual(
      unparsable.map(({ file, line }) => `${file}:${line}`),
      ["invalid/half.yaml:11", "invalid/half.yaml:15", "invalid/merge-conflict.json:7", "operators/mixed.yaml:7"],
    );
    assert.ok(unparsable.every(({ reason }) => /^[\w ,-]+$/.test(reason)));
  });

  it("ends on every file when it is cut off anywhere, or has its bytes changed", () => {
    for (const part of PARTS)
      for (const name of fs
        .readdirSync(corpusOf(part), { recursive: true, encoding: "utf8" })
        .filter((one) => /\.(?:ya?ml|json|tpl)$/.test(one))) {
        const bytes = fs.readFileSync(path.join(corpusOf(part), name));
        for (const share of [0.3, 0.7])
          assert.doesNotThrow(() => auditFiles({ [name]: bytes.subarray(0, Math.floor(bytes.length * share)) }));
        assert.doesNotThrow(() => auditFiles({ [name]: bytes.map((byte, index) => (index % 97 === 0 ? byte ^ 0x15 : byte)) }));
      }
  });
});
