import * as assert from "node:assert/strict";
import { secretMutableProvider as rule } from "../../../policy/rules/secretMutableProvider";
import { finding, judge, resource, UNKNOWN } from "../../support/policy";

const provider = (settings: object, name = "kubernetes") => resource("pulumi:providers:kubernetes", settings, { name });
const [SET, DEFAULT] = ["set `enableSecretMutable: true`", "the default one"];

describe("policy/rules/secretMutableProvider", () => {
  const finds = finding(rule);
  it("has nothing against one that changes Secrets in place, as the engine writes it or as it was written, or against another's", () => {
    for (const enableSecretMutable of ["true", true, UNKNOWN]) assert.deepEqual(judge(rule, [provider({ enableSecretMutable })]), []);
    assert.deepEqual(judge(rule, [resource("pulumi:providers:random", {})]), []);
  });

  it("finds one that does not say so", () => finds([provider({})], [["kubernetes kubernetes", SET]]));
  it("finds one that says otherwise", () => {
    for (const enableSecretMutable of ["false", false, ""]) finds([provider({ enableSecretMutable })], [["kubernetes kubernetes", SET]]);
  });
  it("finds the default one, and says whence it comes", () =>
    finds([provider({}, "default_4_30_0")], [["kubernetes default_4_30_0", DEFAULT]]));
});
