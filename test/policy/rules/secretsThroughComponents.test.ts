import * as assert from "node:assert/strict";
import { SECRET_MAKERS } from "../../../policy/postgres";
import { secretsThroughComponents as rule } from "../../../policy/rules/secretsThroughComponents";
import { finding, judge, object, ownSecret, type Options } from "../../support/policy";

describe("policy/rules/secretsThroughComponents", () => {
  const finds = finding(rule);
  it("has nothing against the Secrets of the components that make them, or against anything that is no Secret", () => {
    const own = SECRET_MAKERS.map((type) => ownSecret("a", {}, type.split(":").at(-1)));
    assert.deepEqual(judge(rule, [...own, object("core/v1:ConfigMap", "a"), object("external-secrets.io/v1:ExternalSecret", "a")]), []);
  });

  const makers = SECRET_MAKERS.map((type) => type.split(":").at(-1)!);
  const breaks: [what: string, type: string, options: Options][] = [
    ["one of nobody's", "core/v1:Secret", {}],
    ["one of another component's", "core/v1:Secret", { parents: ["cnpg-credentials:index:Gate"] }],
    ["one of a component within one that may", "core/v1:Secret", { parents: [SECRET_MAKERS[0]!, "somebody:index:Else"] }],
    ["one out of YAML", "core/v1:Secret", { parents: ["kubernetes:yaml/v2:ConfigGroup"] }],
    ["fields of one that is there", "core/v1:SecretPatch", {}],
    ["several at once", "core/v1:SecretList", {}],
  ];
  for (const [what, type, options] of breaks)
    it(`finds ${what}`, () => finds([object(type, "a", {}, options)], [["Secret ameide-prod/a", "made by none of", ...makers]]));
});
