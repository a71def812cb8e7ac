import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import { preflightRequest as requestOf } from "../../preflight/request";
import type { ClusterFacts } from "../../preflight/types";
import { choicesOf } from "../../config/choices";
import { kubeconfigFor, startApiServer } from "../support/apiServer";
import { apiReplies, clusterFacts, OPERATORS, preflightRequest } from "../support/cluster";
import { stackConfig } from "../support/fixtures";

const LABELS = { "app.kubernetes.io/name": "cloudnative-pg" };
const operator = { version: "1.30.0", available: 1, namespace: "cnpg-system", pods: LABELS };

/** What is wrong with the operators, where policies let this one in. */
function judge(operators: ClusterFacts["operators"], letIn: object | null = { namespace: "cnpg-system", pods: LABELS }): string[] {
  const request = {
    ...preflightRequest(),
    ...(letIn === null ? {} : { operatorLetIn: letIn as { namespace: string; pods: typeof LABELS } }),
  };
  const { problems } = evaluate(request, { ...clusterFacts(), operators });
  return problems.map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
}

describe("preflight, of policies for the network", () => {
  it("is content with an operator that they let in, and asks for none where there are no policies", () => {
    assert.deepEqual(judge([operator]), []);
    assert.deepEqual(judge([{ ...operator, pods: { ...LABELS, "pod-template-hash": "x" } }]), []);
    assert.deepEqual(judge([{ ...operator, namespace: "elsewhere" }], null), []);
    assert.deepEqual(judge("unknown"), []);
    // Another namespace's is none of this one's business.
    assert.deepEqual(judge([operator, { ...operator, namespace: "elsewhere", watches: ["other"] }]), []);
  });

  for (const [what, change, expected] of [
    ["another namespace", { namespace: "operators" }, /^networkPeers\.operator: .*in operators.*; set `namespace: operators`/],
    ["other labels", { pods: { app: "cnpg" } }, /^networkPeers\.operator: .*with \{app: cnpg\}/],
  ] as const)
    it(`refuses to keep out an operator of ${what}: no instance would be ready any more`, () => {
      const [found, ...more] = judge([{ ...operator, ...change }]);
      assert.match(found ?? "nothing", expected);
      assert.deepEqual(more, []);
    });

  it("reads where the operator is", async () => {
    const deployment = {
      metadata: { namespace: "cnpg-system" },
      spec: { template: { metadata: { labels: LABELS }, spec: { containers: [{ image: "cnpg:1.30.0" }] } } },
      status: { availableReplicas: 1 },
    };
    const server = await startApiServer({ ...apiReplies(), [`GET ${OPERATORS}`]: { items: [deployment] } });
    try {
      const { operators } = await gather({ ...preflightRequest(), kubeconfig: kubeconfigFor(server) });
      assert.deepEqual(operators, [operator]);
    } finally {
      await server.close();
    }
  });

  it("knows the policies' names before they are made, and nothing of them where there are none", () => {
    const names = (network: string) =>
      requestOf(choicesOf(stackConfig({ network }), "test"), [], undefined).elsewhere.flatMap(({ namespace, objects }) =>
        objects.map(({ resource, name }) => `${namespace} ${resource.plural} ${name}`),
      );
    assert.deepEqual(names("none"), []);
    assert.deepEqual(
      names("policies"),
      ["pg-instances", "pg-poolers", "pg-clients", "secrets-smoke"].map((name) => `apps networkpolicies ${name}`),
    );
  });
});
