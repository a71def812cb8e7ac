import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { clusterSpec } from "../../components/clusterSpec";
import { evaluate } from "../../preflight/evaluate";
import { gather } from "../../preflight/gather";
import { preflightRequest as requestOf } from "../../preflight/request";
import type { ClusterFacts } from "../../preflight/types";
import { kubeconfigFor, startApiServer } from "../support/apiServer";
import { apiReplies, clusterFacts, CNPG, preflightRequest } from "../support/cluster";
import { clusterConfig, stackConfig } from "../support/fixtures";

const storage = { size: "10Gi", class: "large" };

/** What the checks see of a stack with this volume of the WAL. */
const requested = (walStorage?: object) =>
  requestOf({ ...stackConfig({}, { storage, ...(walStorage && { walStorage }) }), name: "test" }, [], undefined).cluster;

describe("the volume of the WAL", () => {
  it("is asked for with its own size and class, and only where the stack has one", () => {
    const common = { name: "pg", storageSize: "10Gi", hasOwnLines: false };
    assert.deepEqual(requested(), { ...common, storageClasses: ["large"] });
    assert.deepEqual(requested({ size: "2Gi", class: "fast" }), { ...common, storageClasses: ["large", "fast"], walStorageSize: "2Gi" });
    // Not that of the data: the cluster's default.
    assert.deepEqual(requested({ size: "2Gi" }), { ...common, storageClasses: ["large", null], walStorageSize: "2Gi" });
  });

  it("is in the Cluster with its own size and class, and only where the stack has one", () => {
    const place = { namespace: "apps", stack: "test", owner: pulumi.output("o"), labels: {}, annotations: {} };
    const spec = (more: object) => clusterSpec({ config: clusterConfig({ storage, ...more }), place, roles: [], pgHba: [] });
    const data = { size: "10Gi", storageClass: "large" };
    assert.deepEqual([spec({}).storage, "walStorage" in spec({})], [data, false]);
    assert.deepEqual(spec({ walStorage: { size: "2Gi", class: "fast" } }).walStorage, { size: "2Gi", storageClass: "fast" });
    const { storage: kept, walStorage } = spec({ walStorage: { size: "2Gi" } });
    assert.deepEqual([kept, walStorage], [data, { size: "2Gi" }]);
  });

  const cases: [string, wanted: string | undefined, live: ClusterFacts["liveCluster"], RegExp | undefined][] = [
    ["is new, with the Cluster", "2Gi", undefined, undefined],
    ["is given to a Cluster that has none", "2Gi", { storageSize: "1Gi" }, undefined],
    ["stays as it is, in other words", "2Gi", { storageSize: "2Gi", walStorageSize: "2048Mi" }, undefined],
    ["grows", "3Gi", { storageSize: "2Gi", walStorageSize: "2Gi" }, undefined],
    ["is larger than the one of the data", "4Gi", { storageSize: "2Gi", walStorageSize: "1Gi" }, undefined],
    ["shrinks", "1Gi", { storageSize: "1Gi", walStorageSize: "2Gi" }, /^cluster\.walStorage\.size: 1Gi is less than .* 2Gi/],
    [
      "is taken away",
      undefined,
      { storageSize: "1Gi", walStorageSize: "2Gi" },
      /^cluster\.walStorage: is not set, .* volume of 2Gi .*never takes away; .*size: 2Gi/,
    ],
  ];
  for (const [what, walStorageSize, liveCluster, expected] of cases)
    it(`${expected ? "is refused when it" : "is accepted when it"} ${what}`, () => {
      const request = preflightRequest();
      if (walStorageSize !== undefined) request.cluster.walStorageSize = walStorageSize;
      const facts = { ...clusterFacts(), ...(liveCluster && { liveCluster: { mark: "1", ...liveCluster } }) };
      const found = evaluate(request, facts).problems.map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
      assert.equal(found.length, expected ? 1 : 0, found.join("\n"));
      if (expected) assert.match(found[0]!, expected);
    });

  it("is refused for a class that the cluster does not have, while there are no volumes yet", () => {
    const request = { ...preflightRequest(), cluster: requested({ size: "2Gi", class: "fast" }) };
    const judge = (more: Partial<ClusterFacts>) =>
      evaluate(request, { ...clusterFacts(), storageClasses: [{ name: "large", isDefault: false }], ...more }).problems;
    assert.deepEqual(
      judge({}).map(({ message }) => /StorageClass `(\w+)`/.exec(message)?.[1]),
      ["fast"],
    );
    assert.deepEqual(judge({ liveCluster: { mark: "1", storageSize: "10Gi", walStorageSize: "2Gi" } }), []);
  });

  it("is read off the living Cluster", async () => {
    const server = await startApiServer(apiReplies());
    try {
      for (const walStorage of [{ size: "2Gi", storageClass: "fast" }, undefined]) {
        server.replies[`GET ${CNPG}/namespaces/apps/clusters/pg`] = {
          spec: { storage: { size: "1Gi" }, ...(walStorage && { walStorage }) },
        };
        const { liveCluster } = await gather({ ...preflightRequest(), kubeconfig: kubeconfigFor(server) });
        assert.deepEqual([liveCluster?.storageSize, liveCluster?.walStorageSize], ["1Gi", walStorage?.size]);
      }
    } finally {
      await server.close();
    }
    assert.deepEqual(server.unexpected, []);
  });
});
