import * as assert from "node:assert/strict";
import { noSealedSecret as rule } from "../../../policy/rules/noSealedSecret";
import { judge, object, ownSecret } from "../../support/policy";

describe("policy/rules/noSealedSecret", () => {
  it("has nothing against what is none", () =>
    assert.deepEqual(judge(rule, [ownSecret("a"), object("external-secrets.io/v1:ExternalSecret", "a")]), []));

  for (const type of ["v1alpha1:SealedSecret", "v2:SealedSecret", "v1alpha1:SealedSecretPatch", "v1alpha1:SealedSecretList"])
    it(`finds a ${type}`, () =>
      assert.deepEqual(judge(rule, [object(`bitnami.com/${type}`, "a")]), [
        "SealedSecret ameide-prod/a: keeps a secret in the repository, encrypted for good to a key of one cluster: it cannot be rotated from where it came from; fetch a third party's key with `externalSecrets` of a record; a database's credential is made by the service's record",
      ]));
});
