import * as assert from "node:assert/strict";
import { ageInDays } from "../../rotation/age";

describe("rotation/age", () => {
  const now = new Date("2026-07-31T12:00:00.000Z");
  for (const [made, days] of [
    ["2026-07-31T12:00:00.000Z", 0],
    ["2026-07-31T00:00:00.000Z", 0.5],
    ["2026-07-01T12:00:00.000Z", 30],
  ] as const)
    it(`a password of ${made} is ${days} days old`, () => assert.equal(ageInDays(made, now), days));
});
