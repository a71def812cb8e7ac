import * as assert from "node:assert/strict";
import type { Missing, Probe } from "../../../components/gate/types";
import { Refused } from "../../../kube/live";
import { awaitAll, patienceOf } from "../../../components/gate/wait";

const MISSING: Missing = { owner: "tools", kind: "bundle", what: "something", remedy: "wait" };
const patience = { attempts: 3, sleepSeconds: 0 };

/** Answers one after the other, the last of them from then on. */
function probe(...answers: (Missing[] | Error)[]): Probe {
  let at = 0;
  return () => {
    const answer = answers[Math.min(at++, answers.length - 1)]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}
async function wait(probes: Probe[]): Promise<[missing: number, attempts: number, told: (number | undefined)[]]> {
  const told: (number | undefined)[] = [];
  const { missing, attempts } = await awaitAll(probes, patience, (found) => told.push(found?.length));
  return [missing.length, attempts, told];
}

describe("components/gate/wait", () => {
  it("is done at the first look where everything is there", async () => assert.deepEqual(await wait([probe([]), probe([])]), [0, 1, []]));

  it("looks again until it is, and says meanwhile what is missing", async () =>
    assert.deepEqual(await wait([probe([MISSING, MISSING], [MISSING], []), probe([MISSING], [])]), [0, 3, [3, 1]]));

  it("ends with what is missing at the last look", async () => assert.deepEqual(await wait([probe([MISSING]), probe([])]), [1, 3, [1, 1]]));

  it("looks again when a look failed, whatever the others saw", async () =>
    assert.deepEqual(await wait([probe(new Error("busy"), []), probe([])]), [0, 2, [undefined]]));

  it("fails when the last look did", () => assert.rejects(wait([probe(new Error("busy")), probe([])]), { message: "busy" }));

  it("fails at once where it may not look", async () => {
    let looks = 0;
    const counting: Probe = () => {
      looks++;
      return Promise.resolve([]);
    };
    await assert.rejects(wait([probe(new Refused("no")), counting]), Refused);
    assert.equal(looks, 1);
  });

  it("is patient for five minutes, unless the environment says otherwise", () => {
    assert.deepEqual(patienceOf({}), { attempts: 60, sleepSeconds: 5 });
    assert.deepEqual(patienceOf({ EXTERNALSECRET_WAIT_ATTEMPTS: "", EXTERNALSECRET_WAIT_SLEEP: "" }), { attempts: 60, sleepSeconds: 5 });
    assert.deepEqual(patienceOf({ EXTERNALSECRET_WAIT_ATTEMPTS: "1", EXTERNALSECRET_WAIT_SLEEP: "0.5" }), {
      attempts: 1,
      sleepSeconds: 0.5,
    });
  });

  for (const [name, value, unit] of [
    ["EXTERNALSECRET_WAIT_ATTEMPTS", "0", "attempts"],
    ["EXTERNALSECRET_WAIT_ATTEMPTS", "1.5", "attempts"],
    ["EXTERNALSECRET_WAIT_ATTEMPTS", "many", "attempts"],
    ["EXTERNALSECRET_WAIT_SLEEP", "-1", "seconds"],
    ["EXTERNALSECRET_WAIT_SLEEP", "5s", "seconds"],
  ] as const)
    it(`takes \`${value}\` for no number of ${unit}`, () =>
      assert.throws(
        () => patienceOf({ [name]: value }),
        (error) => error instanceof Refused && error.message.startsWith(name) && error.message.includes(`number of ${unit}`),
      ));
});
