import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { loadStackFile, parseStackFile } from "../../config/file";
import type { Choices } from "../../config/choices";
import { asConfig } from "../../config/settings";
import { problemsOf } from "../support/problems";
import { stackFile, stackFilePath, STACKS } from "../support/stackFiles";

const SECURE = { secure: "v1:Y2lwaGVydGV4dA==" };
const text = (change: Readonly<Record<string, unknown>> = {}, more: object = {}) =>
  stringify({
    config: {
      ...asConfig({ ...stackFile("dev"), ...change }),
      ...more,
    },
    encryptionsalt: "v1:salt",
  });
function parsed(...args: Parameters<typeof text>): Choices {
  const result = parseStackFile(text(...args), "dev");
  assert.ok("stack" in result, JSON.stringify(result));
  return result.stack;
}

describe("config/file", () => {
  for (const stack of STACKS)
    it(`reads the file of ${stack}`, async () => {
      const result = await loadStackFile(stackFilePath(stack), stack);
      assert.ok("stack" in result, JSON.stringify(result));
      assert.deepEqual([result.stack.name, result.stack.environment, result.stack.namespace], [stack, stack, `ameide-${stack}`]);
    });

  it("knows that an encrypted value is there, and nothing of it", () => {
    const name = "inference/inference-api-credentials#OPENAI_API_KEY";
    for (const value of [{ [name]: SECURE }]) {
      const stack = parsed({ vaultValues: value, kubeconfig: SECURE });
      assert.deepEqual(Object.keys(stack.vaultValues), [name]);
      assert.ok(!("kubeconfig" in stack));
      assert.ok(!JSON.stringify(stack).includes("Y2lwaGVydGV4dA"));
    }
  });

  it("passes over what is another project's, and what is no configuration", () =>
    assert.deepEqual(parsed({}, { "other:key": 1 }), parsed()));

  it("refuses what a preview refuses, all of it at once, and repeats no value", () => {
    const problems = problemsOf(
      parseStackFile(text({ labels: { team: SECURE }, vaultValues: { "a/b#c": "in-clear" }, namespace: 3, surplus: "x" }), "dev"),
    );
    assert.deepEqual(
      problems.map((line) => line.split(":")[0]),
      ["labels", "vaultValues", "surplus"],
    );
    assert.ok(!problems.join().includes("in-clear"));
  });

  it("takes the empty mapping that the removal of the last value leaves", () =>
    assert.deepEqual(parsed({ vaultValues: {} }).vaultValues, {}));

  it("says where a file is no YAML, and repeats nothing of it", () =>
    assert.deepEqual(
      problemsOf(parseStackFile("config:\n  a: [hunter2\nb: c\n", "dev")).map((line) => line.replace("hunter2", "LEAKED")),
      ["Pulumi.dev.yaml:2: opens a bracket (`[`) and does not close it; close it with `]`"],
    ));

  it("says that a file has nothing for this program, or is not there", async () => {
    for (const empty of ["", "config: {}\n", "encryptionsalt: x\n"])
      assert.match(problemsOf(parseStackFile(empty, "dev")).join(), /^Pulumi\.dev\.yaml: has no setting of this program under `config:`;/);
    assert.deepEqual(problemsOf(await loadStackFile("/no/such/file", "qa")), [
      "Pulumi.qa.yaml: cannot be read; go to the directory of your stacks' files, or make one: `cnpg-credentials init --company <name>`",
    ]);
  });
});
