import * as assert from "node:assert/strict";
import { hasColour } from "../../../cli/shared/colour";
import { columns } from "../../../cli/shared/tables";

describe("cli/shared/colour", () => {
  const cases: [what: string, isTTY: boolean, env: NodeJS.ProcessEnv, expected: boolean][] = [
    ["a terminal", true, {}, true],
    ["a pipe", false, {}, false],
    ["a terminal that forbids it", true, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR, which forbids nothing", true, { NO_COLOR: "" }, true],
    ["a pipe that is to have it", false, { FORCE_COLOR: "1" }, true],
    ["a terminal that is not to have it", true, { FORCE_COLOR: "0" }, false],
    ["both, of which the one that forbids counts", true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    ["a terminal that cannot", true, { TERM: "dumb" }, false],
  ];
  for (const [what, isTTY, env, expected] of cases)
    it(`${expected ? "is" : "is not"} on ${what}`, () => assert.equal(hasColour({ isTTY }, env), expected));

  it("takes no room in a table", () =>
    assert.equal(
      columns([
        ["\u001b[31mred\u001b[39m", "b"],
        ["longer", "c"],
      ]),
      "\u001b[31mred\u001b[39m     b\nlonger  c",
    ));
});
