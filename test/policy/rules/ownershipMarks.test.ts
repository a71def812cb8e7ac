import * as assert from "node:assert/strict";
import { metadata } from "../../../components/metadata";
import { ownershipMarks as rule } from "../../../policy/rules/ownershipMarks";
import { judge, object, resource, UNKNOWN } from "../../support/policy";

const OWNER = "cnpg-credentials/owner";
const place = (stack = "prod") => ({
  namespace: "ameide-prod",
  stack,
  owner: `organization/cnpg-credentials/${stack}/0123456789abcdef`,
  labels: {},
  annotations: {},
});
const marked = (change: { labels?: object; annotations?: object } = {}) => {
  const { labels, annotations } = metadata(place(), "mine");
  return object("core/v1:ConfigMap", "mine", {
    metadata: { labels: { ...labels, ...change.labels }, annotations: { ...annotations, ...change.annotations } },
  });
};
const LACKS =
  "it cannot be told from somebody else's, by people, by `npm run drift` or by an `up` after one that was killed; make its metadata with `metadata()` of components/metadata.ts";
const said = (what: string) => [`ConfigMap ameide-prod/mine: lacks ${what}: ${LACKS}`];

describe("policy/rules/ownershipMarks", () => {
  it("has nothing against what `metadata()` makes, against single fields of somebody else's, or what is no object", () => {
    const none = [
      object("apps/v1:DeploymentPatch", "theirs"),
      resource("kubernetes:yaml/v2:ConfigGroup", {}),
      resource("kubernetes:helm.sh/v3:Release", {}),
      resource("random:index/randomId:RandomId", {}),
    ];
    assert.deepEqual(judge(rule, [marked(), marked({ annotations: { [OWNER]: UNKNOWN } }), ...none]), []);
  });

  it("finds an object without any mark", () =>
    assert.deepEqual(
      judge(rule, [object("core/v1:ConfigMap", "mine")]),
      said(
        `the label app.kubernetes.io/managed-by=pulumi, the label app.kubernetes.io/part-of=cnpg-credentials, the label cnpg-credentials/stack=prod, the annotation ${OWNER}`,
      ),
    ));
  const labels: [name: string, value: string][] = [
    ["app.kubernetes.io/managed-by", "pulumi"],
    ["app.kubernetes.io/part-of", "cnpg-credentials"],
    ["cnpg-credentials/stack", "prod"],
  ];
  for (const [name, value] of labels)
    for (const wrong of [undefined, "another"])
      it(`finds one ${wrong === undefined ? "without the label" : "with another label"} ${name}`, () =>
        assert.deepEqual(judge(rule, [marked({ labels: { [name]: wrong } })]), said(`the label ${name}=${value}`)));
  for (const [what, owner] of [
    ["without the mark of its state", undefined],
    ["with another stack's", place("dev").owner],
    ["with one that is none", "prod"],
  ])
    it(`finds one ${what}`, () =>
      assert.deepEqual(judge(rule, [marked({ annotations: { [OWNER]: owner } })]), said(`the annotation ${OWNER}`)));
});
