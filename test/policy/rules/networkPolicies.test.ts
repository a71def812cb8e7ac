import * as assert from "node:assert/strict";
import { networkPolicies as rule } from "../../../policy/rules/networkPolicies";
import type { Resource } from "../../../policy/resource";
import { finding, judge, object, UNKNOWN } from "../../support/policy";

const SETTINGS = { closedStacks: ["prod"] };
const CLUSTER = "postgresql.cnpg.io/v1:Cluster";
const INSTANCES = {
  matchLabels: { "cnpg.io/cluster": "pg" },
  matchExpressions: [{ key: "cnpg.io/poolerName", operator: "DoesNotExist" }],
};
const from = [{ podSelector: {} }];

function policy(podSelector: unknown, rest: object = {}, namespace?: string): Resource {
  const spec = { podSelector, policyTypes: ["Ingress", "Egress"], ingress: [{ from, ports: [{ port: 5432 }] }], ...rest };
  return object("networking.k8s.io/v1:NetworkPolicy", "limits", { spec }, namespace === undefined ? {} : { namespace });
}

const cluster = object(CLUSTER, "pg", { spec: {} });
const job = (labels: unknown) =>
  object("batch/v1:Job", "proof", { spec: { template: { metadata: { labels }, spec: { containers: [{ name: "one" }] } } } });
const kind = (operator: string, values?: string[]) => ({ matchExpressions: [{ key: "kind", operator, ...(values && { values }) }] });

describe("policy/rules/networkPolicies", () => {
  const finds = finding(rule);

  it("has nothing against pods that a policy closes, what makes none, and stacks whose network enforces nothing", () => {
    const job1 = job({ kind: "proof" });
    for (const selector of [{}, { matchLabels: { kind: "proof" } }, kind("In", ["psql", "proof"]), kind("Exists"), kind("NotIn", ["x"])])
      assert.deepEqual(judge(rule, [job1, policy(selector)], SETTINGS), [], JSON.stringify(selector));
    assert.deepEqual(judge(rule, [cluster, policy(INSTANCES)], SETTINGS), []);
    // Nobody at all, types that are not named, and what is not known yet.
    for (const rest of [{ ingress: undefined }, { policyTypes: undefined }, { ingress: [{ from: UNKNOWN }] }])
      assert.deepEqual(judge(rule, [cluster, policy(INSTANCES, rest)], SETTINGS), []);
    assert.deepEqual(judge(rule, [job(UNKNOWN), policy({ matchLabels: { kind: UNKNOWN } })], SETTINGS), []);
    assert.deepEqual(judge(rule, [object("core/v1:ConfigMap", "x")], SETTINGS), []);
    assert.deepEqual([judge(rule, [cluster], {}), judge(rule, [cluster], { closedStacks: ["staging"] })], [[], []]);
  });

  const none = "no NetworkPolicy is about: every pod of the cluster reaches them";
  const cases: [string, Resource, Resource[]][] = [
    ["where there is no policy", cluster, []],
    ["that a policy of another namespace is about", cluster, [policy(INSTANCES, {}, "elsewhere")]],
    ["that are of another Cluster", cluster, [policy({ matchLabels: { "cnpg.io/cluster": "other" } })]],
    ["that are limited in what they reach alone", cluster, [policy(INSTANCES, { policyTypes: ["Egress"] })]],
    ["of another label", job({ kind: "x" }), [policy(kind("In", ["proof"])), policy(kind("DoesNotExist")), policy(kind("NotIn", ["x"]))]],
    ["without labels", job(undefined), [policy(kind("Exists"))]],
  ];
  for (const [what, pods, policies] of cases)
    it(`finds pods ${what}`, () => {
      const subject = pods === cluster ? "Cluster ameide-prod/pg" : "Job ameide-prod/proof";
      finds([pods, ...policies], [[subject, none, "`network: policies`"]], SETTINGS);
    });

  const block = (cidr: string, rest: object = {}) => ({ ipBlock: { cidr, ...rest } });
  it("has nothing against sources that are some of all: a network, pods of one label, one namespace", () => {
    for (const peer of [
      block("10.0.0.0/8"),
      block("fd00:1::/32"),
      { namespaceSelector: {}, podSelector: { matchLabels: { app: "prometheus" } } },
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } },
    ])
      assert.deepEqual(judge(rule, [cluster, policy(INSTANCES, { ingress: [{ from: [peer] }] })], SETTINGS), [], JSON.stringify(peer));
  });

  const open = "the NetworkPolicy limits lets everybody reach";
  const everyNamespace = { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" }] };
  for (const ingress of [
    [{}],
    [{ from: [] }],
    [{ from }, { from: [block("0.0.0.0/0")] }],
    [{ from: [block("0.0.0.0/0", { except: ["10.0.0.1/32"] })] }],
    [{ from: [block("0.0.0.0/1"), block("128.0.0.0/1")] }],
    [{ from: [block("0::/0")] }],
    [{ from: [block("8000::/1")] }],
    [{ from: [{ namespaceSelector: {} }] }],
    [{ from: [{ namespaceSelector: { matchLabels: {} }, podSelector: {} }] }],
    [{ from: [{ namespaceSelector: everyNamespace }] }],
  ])
    it(`finds pods that a policy opens: ${JSON.stringify(ingress)}`, () => {
      finds([cluster, policy(INSTANCES, { ingress })], [["Cluster ameide-prod/pg", open, "docs/network.md"]], SETTINGS);
    });
});
