import * as assert from "node:assert/strict";
import { mirrorOneWay as rule } from "../../../policy/rules/mirrorOneWay";
import { finding, judge, object } from "../../support/policy";

const ref = (name: string, kind = "ClusterSecretStore") => ({ name, kind });
const push = object("external-secrets.io/v1alpha1:PushSecret", "platform-db-credentials", {
  spec: { secretStoreRefs: [ref("vault-mirror")] },
});
const everywhere = object("external-secrets.io/v1alpha1:ClusterPushSecret", "all", {
  spec: { pushSecretSpec: { secretStoreRefs: [ref("vault-mirror")] } },
});
const fetches = (spec: object) => object("external-secrets.io/v1:ExternalSecret", "mine", { spec });

describe("policy/rules/mirrorOneWay", () => {
  const finds = finding(rule);
  const told = (where: string, subject = "ExternalSecret ameide-prod/mine"): [string, string] => [
    `${subject}, ${where}`,
    "reads through the store vault-mirror, which copies are pushed through",
  ];

  it("has nothing against what reads through another store, or through one of that name that is another kind of store", () =>
    assert.deepEqual(
      judge(rule, [push, fetches({ secretStoreRef: ref("vault") }), fetches({ secretStoreRef: ref("vault-mirror", "SecretStore") })]),
      [],
    ));

  it("has nothing against a store that nothing is pushed through", () =>
    assert.deepEqual(judge(rule, [fetches({ secretStoreRef: ref("vault-mirror") })]), []));

  it("finds what reads a copy, by whatever field, and whatever pushes", () => {
    finds([push, fetches({ secretStoreRef: ref("vault-mirror") })], [told("spec.secretStoreRef")]);
    finds(
      [everywhere, fetches({ secretStoreRef: ref("vault"), data: [{ sourceRef: { storeRef: ref("vault-mirror") } }] })],
      [told("spec.data.0")],
    );
    finds([push, fetches({ dataFrom: [{ sourceRef: { storeRef: ref("vault-mirror") } }] })], [told("spec.dataFrom.0")]);
    const all = object("external-secrets.io/v1:ClusterExternalSecret", "all", {
      spec: { externalSecretSpec: { secretStoreRef: ref("vault-mirror") } },
    });
    finds([push, all], [told("spec.externalSecretSpec.secretStoreRef", "ClusterExternalSecret ameide-prod/all")]);
  });
});
