import * as assert from "node:assert/strict";
import { didYouMean, similar } from "../../config/similar";

describe("config/similar", () => {
  const cases: [name: string, known: string[], meant: string | undefined][] = [
    ["platfrom", ["platform", "plausible"], "platform"],
    ["instnces", ["image", "instances"], "instances"],
    ["agentsRuntime", ["agents", "agents-runtime"], "agents-runtime"],
    ["inplace", ["inPlace", "alternating"], "inPlace"],
    ["prd", ["dev", "staging", "prod"], "prod"],
    ["ameide-prod", ["ameide-dev"], undefined],
    ["x", ["role"], undefined],
    ["", ["role"], undefined],
    ["role", [], undefined],
  ];
  for (const [name, known, meant] of cases)
    it(`takes \`${name}\` for ${meant === undefined ? "none of them" : `\`${meant}\``}`, () => assert.equal(similar(name, known), meant));

  it("is a question, or nothing", () =>
    assert.deepEqual([didYouMean("prd", ["prod"]), didYouMean("x", ["prod"])], ["; did you mean `prod`?", ""]));
});
