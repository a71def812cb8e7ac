import * as assert from "node:assert/strict";
import type { Ask } from "../../kube/client";
import { Unreachable } from "../../kube/kubeconfig";
import { evaluate } from "../../preflight/evaluate";
import { checkProofPod, proofPodOf, refusalOfProof } from "../../preflight/proofPod";
import { clusterFacts, preflightRequest } from "../support/cluster";
import { stackConfig } from "../support/fixtures";
import { lines } from "../support/problems";
import { telling } from "../support/told";

const proof = proofPodOf(stackConfig({ pods: { resources: { limits: { cpu: "100m" } }, labels: { team: "data" } } }, { image: "pg:17" }))!;

async function refusal(status: number, message?: string): Promise<{ said: string | undefined; asked: unknown[] }> {
  const asked: unknown[] = [];
  const ask: Ask = (...question) => {
    asked.push(question);
    return Promise.resolve({ status, body: message === undefined ? {} : { message } });
  };
  return { said: await refusalOfProof(ask, "apps", proof), asked };
}

describe("preflight/proofPod", () => {
  const tell = telling("preflight", "pods that are refused");

  it("tries a pod as a proof's will be, and makes none", async () => {
    const { said, asked } = await refusal(201);
    assert.equal(said, undefined);
    const [[method, path, { body }]] = asked as [
      [string, string, { body: { metadata: { labels: object }; spec: Record<string, unknown> } }],
    ];
    assert.deepEqual([method, path], ["POST", "/api/v1/namespaces/apps/pods?dryRun=All"]);
    assert.deepEqual(body.metadata.labels, {
      team: "data",
      "app.kubernetes.io/managed-by": "pulumi",
      "app.kubernetes.io/part-of": "cnpg-credentials",
      "cnpg-credentials/pod": "proof",
    });
    const [container] = body.spec.containers as { image: string; resources: object }[];
    assert.equal(container!.image, "psql:17");
    assert.deepEqual(container!.resources, { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi", cpu: "100m" } });
    assert.equal(body.spec.automountServiceAccountToken, false);
  });

  for (const [what, status, message] of [
    ["a quota", 403, 'pods "proof-x" is forbidden: failed quota: q: must specify limits.cpu for: proof'],
    ["a policy", 400, "admission webhook denied the request: no team"],
    [
      "an account that is not there",
      403,
      'pods "proof-x" is forbidden: error looking up service account apps/jobs: serviceaccount "jobs" not found',
    ],
    ["a field", 422, "Pod is invalid: spec.tolerations[0].operator"],
  ] as const)
    it(`says why it would be refused: ${what}`, async () => {
      assert.equal((await refusal(status, message)).said, message);
      const { problems, notes } = checkProofPod(message, new Set(["shop"]));
      assert.deepEqual(notes, []);
      tell(lines(problems), [["pods", "would refuse the pods that prove passwords", message.slice(0, 20), "docs/platform.md"]]);
    });

  it("is a note where nothing is to be proven: a quota that is used up today keeps no other change away", () => {
    const { problems, notes } = checkProofPod('pods "proof-x" is forbidden: exceeded quota: q', new Set());
    assert.deepEqual(problems, []);
    assert.match(notes.join(), /^pods: .*exceeded quota.*before the next rotation$/);
  });

  for (const [what, status, message] of [
    [
      "the account of a namespace that was made a moment ago",
      403,
      'error looking up service account apps/default: serviceaccount "default" not found',
    ],
    [
      "an account that may make Jobs and no pods",
      403,
      'pods is forbidden: User "ci" cannot create resource "pods" in API group "" in the namespace "apps"',
    ],
    ["a webhook that takes no trials", 400, 'admission webhook "x" does not support dry run'],
    ["a namespace that is not there yet", 404, 'namespaces "apps" not found'],
    ["an answer without a reason", 403, undefined],
  ] as const)
    it(`knows nothing, and refuses nothing: ${what}`, async () => assert.equal((await refusal(status, message)).said, undefined));

  it("knows nothing of a webhook that does not answer", async () =>
    assert.equal(await refusalOfProof(() => Promise.reject(new Unreachable("500")), "apps", proof), undefined));

  it("wants the registries' Secrets of pods to be there", () => {
    const request = { ...preflightRequest(), proofPod: { ...proof, pods: { user: "own" as const, imagePullSecrets: ["registry"] } } };
    tell(lines(evaluate(request, clusterFacts()).problems), [["pods.imagePullSecrets", "has no Secret `registry`", "create it"]]);
  });
});
