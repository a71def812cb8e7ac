import assert from "node:assert/strict";
import { checkPlan, defaultThreshold } from "../../../cli/ceremony/plan";

const keys = (...fingerprints: string[]) => fingerprints.map((fingerprint) => ({ fingerprint, holder: "", publicKey: "" }));
const NONE = { shares: undefined, allowSingle: false };

describe("cli/ceremony/plan", () => {
  const check = (names: string[], threshold: number, options: { shares?: number; allowSingle?: boolean } = {}) =>
    checkPlan({ recoveryKeys: keys(...names), threshold }, { ...NONE, ...options, files: names.map((name) => `${name}.asc`) }).map(
      ({ path, message }) => `${path}: ${message}`,
    );

  it("takes a majority for a quorum", () => assert.deepEqual([1, 2, 3, 4, 5, 6].map(defaultThreshold), [1, 2, 2, 3, 3, 4]));

  it("accepts quorums of more than one person that outlive the loss of a key", () => {
    for (const [names, threshold] of [
      ["abc", 2],
      ["abcde", 2],
      ["abcde", 3],
      ["abcde", 4],
    ] as const)
      assert.deepEqual(check([...names], threshold), []);
    assert.deepEqual(check(["a", "b", "c"], 2, { shares: 3 }), []);
  });

  it("accepts one person where that was asked for", () => {
    assert.deepEqual(check(["a"], 1, { allowSingle: true }), []);
    assert.deepEqual(check(["a"], 1), ["--pgp-key: 1 recovery share: with fewer than 3, a quorum is one person, or ends with one key"]);
    assert.deepEqual(check(["a", "b"], 1, { allowSingle: true }).length, 1);
    assert.deepEqual(check(["a", "b", "c"], 1, { allowSingle: true }).length, 1);
  });

  const refused: [names: string[], threshold: number, shares: number | undefined, problem: string][] = [
    [["a", "b"], 2, undefined, "--pgp-key: 2 recovery shares: with fewer than 3, a quorum is one person, or ends with one key"],
    [["a", "b", "c"], 1, undefined, "--threshold: 1 of 3: one person could do everything"],
    [["a", "b", "c"], 3, undefined, "--threshold: 3 of 3: the loss of one key would lose the quorum"],
    [["a", "b", "c"], 4, undefined, "--threshold: 4 of 3: the loss of one key would lose the quorum"],
    [["a", "b", "c"], 2, 5, "--shares: 5 shares and 3 keys: each share is encrypted to a key of its own"],
    [["a", "b", "a"], 2, undefined, "--pgp-key a.asc: is the key of a.asc: one person would hold two shares"],
  ];
  for (const [names, threshold, shares, problem] of refused)
    it(`refuses ${names.join(", ")} with a threshold of ${threshold}${shares === undefined ? "" : ` and ${shares} shares`}`, () =>
      assert.deepEqual(check(names, threshold, shares === undefined ? {} : { shares }), [problem]));

  it("refuses counts that are no numbers", () => assert.deepEqual(check(["a", "b", "c"], Number.NaN, { shares: Number.NaN }).length, 2));
});
