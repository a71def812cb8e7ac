import * as assert from "node:assert/strict";
import { metadata } from "../../../components/metadata";
import { ownershipMarks as rule } from "../../../policy/rules/ownershipMarks";
import { finding, judge, object, resource, UNKNOWN } from "../../support/policy";

const OWNER = "cnpg-credentials/owner";
const PLACE = { namespace: "ameide-prod", stack: "prod", owner: "0123456789abcdef", labels: {}, annotations: {} };
const marked = (change: { labels?: object; annotations?: object } = {}) => {
  const { labels, annotations } = metadata(PLACE, "mine");
  return object("core/v1:ConfigMap", "mine", {
    metadata: { labels: { ...labels, ...change.labels }, annotations: { ...annotations, ...change.annotations } },
  });
};
const SUBJECT = "ConfigMap ameide-prod/mine";

describe("policy/rules/ownershipMarks", () => {
  const finds = finding(rule);
  it("has nothing against what `metadata()` makes, against single fields of somebody else's, or what is no object", () => {
    const none = [
      object("apps/v1:DeploymentPatch", "theirs"),
      resource("kubernetes:yaml/v2:ConfigGroup", {}),
      resource("kubernetes:helm.sh/v3:Release", {}),
      resource("random:index/randomId:RandomId", {}),
    ];
    assert.deepEqual(judge(rule, [marked(), marked({ annotations: { [OWNER]: UNKNOWN } }), ...none]), []);
  });

  const labels: [name: string, value: string][] = [
    ["app.kubernetes.io/managed-by", "pulumi"],
    ["app.kubernetes.io/part-of", "cnpg-credentials"],
    ["cnpg-credentials/stack", "prod"],
  ];
  it("finds an object without any mark", () =>
    finds(
      [object("core/v1:ConfigMap", "mine")],
      [[SUBJECT, ...labels.map(([name, value]) => `the label ${name}=${value}`), `the annotation ${OWNER}`]],
    ));
  for (const [name, value] of labels)
    for (const wrong of [undefined, "another"])
      it(`finds one ${wrong === undefined ? "without the label" : "with another label"} ${name}`, () =>
        finds([marked({ labels: { [name]: wrong } })], [[SUBJECT, `lacks the label ${name}=${value}:`]]));
  for (const [what, owner] of [
    ["without the mark of its state", undefined],
    ["with the name of a stack before it, which may change", "organization/cnpg-credentials/prod/0123456789abcdef"],
    ["with one that is none", "prod"],
  ])
    it(`finds one ${what}`, () => finds([marked({ annotations: { [OWNER]: owner } })], [[SUBJECT, `lacks the annotation ${OWNER}:`]]));
});
