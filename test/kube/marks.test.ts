import * as assert from "node:assert/strict";
import { isSameState } from "../../kube/marks";

const ID = "0123456789abcdef";
const NAMED = `organization/cnpg-credentials/dev/${ID}`;

describe("kube/marks", () => {
  const same: [string, string, string][] = [
    ["a mark and itself", ID, ID],
    ["marks from before and after the stack was renamed", NAMED, `organization/cnpg-credentials/production/${ID}`],
    ["marks from before and after the state was moved to an organization", NAMED, `acme/cnpg-credentials/dev/${ID}`],
    ["a mark with the stack's name before it, and one without", NAMED, ID],
    ["a mark that was given by hand, and itself", "legacy/postgres", "legacy/postgres"],
  ];
  for (const [what, one, other] of same)
    it(`takes for the same state ${what}`, () => assert.deepEqual([isSameState(one, other), isSameState(other, one)], [true, true]));

  const different: [string, string | undefined, string | undefined][] = [
    ["two states of one stack", NAMED, "organization/cnpg-credentials/dev/ffffffffffffffff"],
    ["what only ends alike", ID, `f${ID}`],
    ["marks that were given by hand and end alike", "legacy/postgres", "other/postgres"],
    ["no mark, and a mark", undefined, ID],
    ["no marks", undefined, undefined],
  ];
  for (const [what, one, other] of different)
    it(`does not take for the same state ${what}`, () =>
      assert.deepEqual([isSameState(one, other), isSameState(other, one)], [false, false]));
});
