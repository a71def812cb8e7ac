import * as assert from "node:assert/strict";
import { QUERIES } from "../../../components/alerts/queries";
import { PostgresCluster } from "../../../components/postgresCluster";
import type { StackConfig } from "../../../config/schema";
import { validateStack } from "../../../config/validate";
import { clusterArgs, expectedMetadata, stackConfig } from "../../support/fixtures";
import { run } from "../../support/program";

const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster::pg";
const QUERIES_MAP = "kubernetes:core/v1:ConfigMap::pg-queries";
const image = { image: "postgresql:17" };

function make(alerts: StackConfig["alerts"], preview = false) {
  return run(() => new PostgresCluster("pg", clusterArgs({ alerts })), { stack: "test", preview });
}

describe("alerts: none | prometheusRule", () => {
  it("is off unless a stack file says otherwise, in one word", () => {
    assert.equal(stackConfig({}, image).alerts, "none");
    assert.equal(stackConfig({ alerts: "prometheusRule" }, image).alerts, "prometheusRule");
    const result = validateStack({ alerts: "pagerduty" }, "test");
    assert.ok("problems" in result);
    assert.deepEqual(
      result.problems.filter(({ path }) => path === "alerts").map(({ message }) => message),
      ["is not one of `none`, `prometheusRule`"],
    );
  });

  it("off, the Cluster is as it was", async () => {
    const { resources, get } = await make("none");
    assert.deepEqual(
      resources.map(({ id }) => id),
      ["cnpg-credentials:index:PostgresCluster::pg", CLUSTER],
    );
    assert.deepEqual((get(CLUSTER).inputs.spec as { monitoring: object }).monitoring, { enablePodMonitor: false });
  });

  it("on, its instances export what the alerts ask for, from a ConfigMap that is there before it, the same in a preview", async () => {
    for (const preview of [false, true]) {
      const { get } = await make("prometheusRule", preview);
      const { inputs, parent, dependsOn } = get(CLUSTER);
      assert.deepEqual((inputs.spec as { monitoring: object }).monitoring, {
        enablePodMonitor: false,
        customQueriesConfigMap: [
          { name: "cnpg-default-monitoring", key: "queries" },
          { name: "pg-credential-queries", key: "queries" },
        ],
      });
      assert.deepEqual(dependsOn, [QUERIES_MAP]);
      assert.equal(get(QUERIES_MAP).parent, parent);
      assert.deepEqual(get(QUERIES_MAP).inputs, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: expectedMetadata("pg-credential-queries", { labels: { "cnpg.io/reload": "true" } }),
        data: { queries: QUERIES },
      });
    }
  });
});
