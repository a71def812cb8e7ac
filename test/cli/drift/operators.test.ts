import * as assert from "node:assert/strict";
import { report, world, type World } from "./fixture";

type Operators = Exclude<World["facts"]["operators"], "unknown">;

/**
 * What is found about the operators of a cluster in which all else is as it was written, with how
 * it is mended.
 */
function found(operators: World["facts"]["operators"]): string[] {
  const one = world();
  one.facts.operators = operators;
  const { findings } = report(one);
  assert.ok(
    findings.every(({ check }) => check === "operator"),
    JSON.stringify(findings),
  );
  return findings.map(({ suspect, mend }) => `${suspect}; ${mend}`);
}
const operator = (namespace: string, replicas: number, available: number): Operators[number] => ({
  namespace,
  name: "cnpg",
  replicas,
  available,
});

describe("cli/drift, several operators", () => {
  const accepted: [string, Operators][] = [
    ["one of two is down, the first", [operator("old", 1, 0), operator("new", 1, 1)]],
    ["one of two is down, the second", [operator("old", 2, 1), operator("new", 1, 0)]],
    ["one of two was scaled down", [operator("old", 0, 0), operator("new", 1, 1)]],
    ["none is found: it is somewhere else, or of another name", []],
  ];
  for (const [what, operators] of accepted) it(`finds nothing: ${what}`, () => assert.deepEqual(found(operators), []));

  it("finds, once, that none of them runs, and starts one", () => {
    const [said, ...more] = found([operator("one", 1, 0), operator("two", 3, 0)]);
    assert.deepEqual(more, []);
    assert.match(said!, /Deployment one\/cnpg has no running pod of 1; .*rollout restart -n one deployment cnpg/);
    assert.match(found([operator("one", 0, 0)])[0]!, /scale -n one deployment cnpg --replicas=1/);
  });
});
