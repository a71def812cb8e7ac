import * as assert from "node:assert/strict";
import { NoPreview, readPreview } from "../../../cli/review/preview";

const EVENTS = [
  { sequence: 0, policyLoadEvent: {} },
  { sequence: 1, diagnosticEvent: { message: "x" } },
  {
    sequence: 2,
    policyEvent: { resourceUrn: "urn:x", message: "what\nwhy", policyName: "names", enforcementLevel: "advisory", color: "never" },
  },
  { sequence: 3, policyEvent: { message: "what\nwhy", policyName: "one-writer", enforcementLevel: "mandatory" } },
]
  .map((event) => JSON.stringify(event))
  .join("\n");

describe("review: reading a preview", () => {
  it("takes a preview of nothing, with whatever was printed before it", () => {
    const text = `Previewing ...\n${JSON.stringify({ config: {}, changeSummary: { same: 3 }, duration: 1 }, undefined, 4)}\n`;
    assert.deepEqual(readPreview(text), { steps: [], diagnostics: [], counts: { same: 3 } });
  });

  it("reads what the policy pack says from the log of events", () => {
    const { violations } = readPreview('{"steps":[]}', `${EVENTS}\n`);
    assert.deepEqual(violations, [
      { urn: "urn:x", rule: "names", message: "what\nwhy", mandatory: false },
      { rule: "one-writer", message: "what\nwhy", mandatory: true },
    ]);
  });

  it("knows a run without a policy pack by its log", () => {
    assert.equal(readPreview('{"steps":[]}', '{"sequence":0,"preludeEvent":{}}\n').violations, undefined);
  });

  for (const [title, text] of [
    ["nothing", ""],
    ["something else", '{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}'],
    ["half of one", '{"steps":[{"op":"create",'],
    ["steps that are none", '{"steps":[{"password":"hunter2"}]}'],
  ] as const)
    it(`refuses ${title}, and repeats nothing of it`, () => {
      assert.throws(
        () => readPreview(text),
        (thrown) => thrown instanceof NoPreview && thrown.message === "this is not what `pulumi preview --json` prints",
      );
    });
});
