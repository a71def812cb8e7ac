import * as assert from "node:assert/strict";
import { planRotation, type LiveCredential } from "../../rotation/plan";
import { madeUp } from "../support/madeUp";

/** What a plan says of the generation that its service began with, and whether it is given another credential. */
function plan(
  application: LiveCredential["application"] | undefined,
  all: number,
  strategy = "inPlace",
): [first: string, rotates: boolean] {
  const live: LiveCredential = {
    ...(application && { application }),
    generations: application?.generation ? { owner: application.generation } : {},
  };
  const outcome = planRotation(madeUp({}, { rotation: { strategy } }, { all }), live, 0);
  assert.ok("plan" in outcome, JSON.stringify(outcome));
  return [outcome.plan.first, outcome.plan.rotates];
}
const login = "shop";

describe("rotation/plan, what a service began with", () => {
  const cases: [string, LiveCredential["application"] | undefined, all: number, [string, boolean]][] = [
    ["is this generation, of one that begins now", undefined, 3, ["3.0.0", false]],
    ["is what its Secret says, before it is rotated", { login, generation: "3.0.0", first: "3.0.0" }, 3, ["3.0.0", false]],
    ["is what its Secret says, when it is rotated, and for good", { login, generation: "3.0.0", first: "3.0.0" }, 4, ["3.0.0", true]],
    ["is what its Secret says, also when nothing is rotated any more", { login, generation: "4.0.0", first: "3.0.0" }, 4, ["3.0.0", false]],
    // Made before Secrets said it.
    ["is no generation at all, of a Secret that does not say", { login, generation: "2.0.0" }, 2, ["0.0.0", false]],
    [
      "is this generation, of a Secret from before there were generations: to adopt it is to rotate nothing",
      { login },
      5,
      ["5.0.0", false],
    ],
    ["is this generation, of a Secret that is not ours yet", {}, 5, ["5.0.0", false]],
  ];
  for (const [what, application, all, expected] of cases) it(what, () => assert.deepEqual(plan(application, all), expected));

  it("stays when logins begin to alternate, which gives it another credential", () =>
    assert.deepEqual(plan({ login, generation: "3.0.0", first: "1.0.0" }, 3, "alternating"), ["1.0.0", true]));
});
