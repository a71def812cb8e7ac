import * as assert from "node:assert/strict";
import { secretMutableProvider as rule } from "../../../policy/rules/secretMutableProvider";
import { judge, resource, UNKNOWN } from "../../support/policy";

const provider = (settings: object, name = "kubernetes") => resource("pulumi:providers:kubernetes", settings, { name });
const said = (name: string, remedy: string) =>
  `kubernetes ${name}: deletes a Secret that changes, and makes it anew: in between, CloudNativePG and applications find it missing; ${remedy}`;
const SET = "set `enableSecretMutable: true` on it";
const DEFAULT = "it is the default one: give every Kubernetes resource the program's own with `provider` or `providers`";

describe("policy/rules/secretMutableProvider", () => {
  it("has nothing against one that changes Secrets in place, as the engine writes it or as it was written, or against another's", () => {
    for (const enableSecretMutable of ["true", true, UNKNOWN]) assert.deepEqual(judge(rule, [provider({ enableSecretMutable })]), []);
    assert.deepEqual(judge(rule, [resource("pulumi:providers:random", {})]), []);
  });

  it("finds one that does not say so", () => assert.deepEqual(judge(rule, [provider({})]), [said("kubernetes", SET)]));
  it("finds one that says otherwise", () => {
    for (const enableSecretMutable of ["false", false, ""])
      assert.deepEqual(judge(rule, [provider({ enableSecretMutable })]), [said("kubernetes", SET)]);
  });
  it("finds the default one, and says whence it comes", () =>
    assert.deepEqual(judge(rule, [provider({}, "default_4_30_0")]), [said("default_4_30_0", DEFAULT)]));
});
