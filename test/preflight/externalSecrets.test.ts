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
  ].map((one) => ({ ...one, stores: [] }));

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
    assert.deepEqual(problems({ externalSecrets: [{ name: "inference", target: "inference-api-credentials", stores: ["vault"] }] }), []);
    assert.deepEqual(problems({ externalSecrets: "unknown" }), []);
  });

  it("refuses what reads copies back, and no other reader", () => {
    const stolen = [{ name: "mine", target: "stolen", stores: ["vault", "vault-mirror"] }];
    const found = (mirrorStore?: string) =>
      lines(
        evaluate({ ...preflightRequest(), ...(mirrorStore && { mirrorStore }) }, { ...clusterFacts(), externalSecrets: stolen }).problems,
      );
    tell(found("vault-mirror"), [
      ["ExternalSecret/mine", "reads copies of databases' credentials through the store vault-mirror into the Secret stolen", "rotate"],
    ]);
    assert.deepEqual([found("other-mirror"), found()], [[], []]);
  });

  it("reads which Secret each of them writes, and from which stores", async () => {
    const items = [
      {
        metadata: { name: "named" },
        spec: {
          target: { name: "other" },
          secretStoreRef: { name: "own" },
          data: [{ sourceRef: { storeRef: { name: "one", kind: "ClusterSecretStore" } } }],
          dataFrom: [
            { sourceRef: { storeRef: { name: "two", kind: "ClusterSecretStore" } } },
            { sourceRef: { generatorRef: { name: "g" } } },
          ],
        },
      },
      { metadata: { name: "unnamed" }, spec: { target: { creationPolicy: "Merge" } } },
      { metadata: { name: "short" }, spec: {} },
      { metadata: { name: "writes-nothing" }, spec: { target: { creationPolicy: "None" } } },
    ];
    assert.deepEqual((await gathered({ [`GET ${EXTERNAL_SECRETS}`]: { items } })).externalSecrets, [
      { name: "named", target: "other", stores: ["one", "two"] },
      { name: "unnamed", target: "unnamed", stores: [] },
      { name: "short", target: "short", stores: [] },
    ]);
    assert.equal((await gathered({ [`GET ${EXTERNAL_SECRETS}`]: 403 })).externalSecrets, "unknown");
  });
});
