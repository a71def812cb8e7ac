import assert from "node:assert/strict";
import { isSaidToBeFake } from "../../../cli/audit/samples";
import { auditFiles } from "../../support/audited";

const LEVELS: readonly [what: string, text: string, level: string][] = [
  ["right above", "config:\n  # This fake password is replaced by the deployment\n  dbPassword: hunter2!kZ9x\n", "note"],
  ["beside it", "config:\n  dbPassword: hunter2!kZ9x # not a real one\n", "note"],
  [
    "in several lines",
    "config:\n  # The value is deliberately public,\n  # and good for nothing else.\n  dbPassword: hunter2!kZ9x\n",
    "note",
  ],
  ["above the keys that it is under", "# The wallet will be overwritten\nwallet:\n  redis:\n    password: hunter2!kZ9x\n", "note"],
  ["above a text of several lines", "# It is not used anywhere\nwallet.yaml: |-\n  redis:\n    password: hunter2!kZ9x\n", "note"],
  ["right above, as what injects it", "config:\n  # The value is automatically injected\n  dbPassword: hunter2!kZ9x\n", "note"],
  ["above another key", "config:\n  # A fake name\n  user: opal\n  dbPassword: hunter2!kZ9x\n", "error"],
  ["nowhere", "config:\n  # Of the database\n  dbPassword: hunter2!kZ9x\n", "error"],
  ["within the value", 'config:\n  dbPassword: "hunter2!kZ9x#bogus"\n', "error"],
];

describe("cli/audit/samples: a comment says that a value is not a real one", () => {
  for (const [what, text, level] of LEVELS)
    it(`${what}: ${level}`, () => {
      const { findings } = auditFiles({ "chart/values.yaml": text, "chart/Chart.yaml": "name: x\n" });
      assert.deepEqual(
        findings.filter(({ rule }) => rule === "literal-in-values").map((one) => one.level),
        [level],
      );
    });

  it("looks no further than the keys of the value, and past no end of the file", () => {
    const deep = ["# fake", "a:", "  b:", "    c:", "      password: x"];
    assert.equal(isSaidToBeFake(deep, 5), false);
    assert.equal(isSaidToBeFake(deep, 4), true);
    assert.equal(isSaidToBeFake([], 1), false);
  });
});
