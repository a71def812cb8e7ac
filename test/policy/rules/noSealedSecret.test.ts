import * as assert from "node:assert/strict";
import { noSealedSecret as rule } from "../../../policy/rules/noSealedSecret";
import { finding, judge, object, ownSecret } from "../../support/policy";

describe("policy/rules/noSealedSecret", () => {
  const finds = finding(rule);
  it("has nothing against what is none", () =>
    assert.deepEqual(judge(rule, [ownSecret("a"), object("external-secrets.io/v1:ExternalSecret", "a")]), []));

  for (const type of ["v1alpha1:SealedSecret", "v2:SealedSecret", "v1alpha1:SealedSecretPatch", "v1alpha1:SealedSecretList"])
    it(`finds a ${type}`, () => finds([object(`bitnami.com/${type}`, "a")], [["SealedSecret ameide-prod/a", "cannot be rotated"]]));
});
