import * as assert from "node:assert/strict";
import { shrinks } from "../../preflight/quantity";

describe("preflight/quantity", () => {
  const cases: [string, string, boolean][] = [
    ["2Gi", "1Gi", true],
    ["2Gi", "2Gi", false],
    ["1Gi", "2Gi", false],
    ["1Gi", "1024Mi", false],
    ["1Gi", "1G", true],
    ["1G", "1Gi", false],
    ["1.5Ti", "1536Gi", false],
    ["1000", "1k", false],
    ["1500m", "1", true],
    ["1Ei", "1Pi", true],
    ["much", "1Gi", false],
    ["1Gi", "1GB", false],
  ];
  for (const [from, to, expected] of cases)
    it(`${from} to ${to} ${expected ? "shrinks" : "does not shrink"}`, () => assert.equal(shrinks(from, to), expected));
});
