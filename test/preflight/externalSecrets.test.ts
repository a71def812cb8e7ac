import * as assert from "node:assert/strict";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import type { ClusterFacts } from "../../preflight/types";
import { kubeconfigFor, startApiServer, type Reply } from "../support/apiServer";
import { apiReplies, clusterFacts, EXTERNAL_SECRETS, preflightRequest } from "../support/cluster";
import { lines } from "../support/problems";
import { telling } from "../support/told";

const problems = (facts: Partial<ClusterFacts>) => lines(evaluate(preflightRequest(), { ...clusterFacts(), ...facts }).problems);

async function gathered(replies: Record<string, Reply>): Promise<ClusterFacts> {
  const server = await startApiServer({ ...apiReplies(), ...replies });
  try {
    const facts = await gather({ ...preflightRequest(), kubeconfig: kubeconfigFor(server) });
    assert.deepEqual(server.unexpected, []);
    return facts;
  } finally {
    await server.close();
  }
}

describe("preflight of External Secrets", () => {
  const tell = telling("preflight", "ExternalSecrets that are in the way");
  const written = [
    { name: "agents-db-secret", target: "agents-db-secret" },
    { name: "a", target: "temporal-db-role-b" },
    { name: "b", target: "pg-superuser" },
  ];

  it("refuses what writes into a Secret of a service, of a role or of CloudNativePG's own", () =>
    tell(
      problems({ externalSecrets: written }),
      written.map(({ name, target }) => [
        `ExternalSecret/${name}`,
        `writes into the Secret ${target},`,
        `kubectl delete -n apps externalsecrets.external-secrets.io ${name} --cascade=orphan`,
      ]),
    ));

  it("lets pass what writes elsewhere, and what may not be looked at", () => {
    assert.deepEqual(problems({ externalSecrets: [{ name: "inference", target: "inference-api-credentials" }] }), []);
    assert.deepEqual(problems({ externalSecrets: "unknown" }), []);
  });

  it("reads which Secret each of them writes", async () => {
    const items = [
      { metadata: { name: "named" }, spec: { target: { name: "other" } } },
      { metadata: { name: "unnamed" }, spec: { target: { creationPolicy: "Merge" } } },
      { metadata: { name: "short" }, spec: {} },
      { metadata: { name: "writes-nothing" }, spec: { target: { creationPolicy: "None" } } },
    ];
    assert.deepEqual((await gathered({ [`GET ${EXTERNAL_SECRETS}`]: { items } })).externalSecrets, [
      { name: "named", target: "other" },
      { name: "unnamed", target: "unnamed" },
      { name: "short", target: "short" },
    ]);
    assert.equal((await gathered({ [`GET ${EXTERNAL_SECRETS}`]: 403 })).externalSecrets, "unknown");
  });
});
