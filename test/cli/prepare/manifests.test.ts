import * as assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { preparation, type Wanted } from "../../../cli/prepare/manifests";
import { choicesOf } from "../../../config/choices";
import { stackConfig } from "../../support/fixtures";
import { stackFile } from "../../support/stackFiles";

const wanted = (values: Readonly<Record<string, unknown>> = {}, change: Partial<Wanted> = {}): Wanted => ({
  stack: choicesOf(stackConfig({ environment: "dev", ...values }), "dev"),
  podSecurity: "restricted",
  others: [],
  rights: [],
  ...change,
});
const objects = (text: string) => parseAllDocuments(text).flatMap((document) => (document.toJS() as object | null) ?? []);

describe("cli/prepare", () => {
  it("makes the stack's namespace, which takes restricted pods alone", () =>
    assert.deepEqual(objects(preparation(wanted())), [
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name: "apps",
          labels: { "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" },
        },
      },
    ]));

  it("makes Vault's, where the stack deploys one, and names the namespaces that are others'", () => {
    const text = preparation(wanted({ vault: stackFile("dev").vault }, { others: ["cert-manager"] }));
    const names = objects(text).map((one) => (one as { metadata: { name: string } }).metadata.name);
    assert.deepEqual(names, ["apps", "vault"]);
    assert.match(text, /^# .*not made here: cert-manager\.$/m);
    assert.match(text, /^#\s+helm upgrade --install external-secrets /m);
  });

  it("leaves labels as they are where that is wanted", () =>
    assert.deepEqual(objects(preparation(wanted({}, { podSecurity: "none" }))), [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "apps" } },
    ]));

  it("names the line of each operator that the stack needs, and of no other", () => {
    const text = preparation(wanted());
    assert.match(text, /^#\s+kubectl apply --server-side -f https:.*\/cnpg-1\.30\.0\.yaml$/m);
    assert.doesNotMatch(text, /helm|prometheus/);
    assert.match(preparation(wanted({ alerts: "prometheusRule" })), /^#\s+kubectl create -f https:.*prometheus-operator/m);
  });

  it("prints rights where somebody is named", () => {
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "x" } };
    assert.deepEqual(objects(preparation(wanted({}, { rights: [role] })))[1], role);
  });
});
