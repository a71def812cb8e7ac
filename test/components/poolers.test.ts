import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Poolers } from "../../components/poolers";
import { Cluster, type ClusterSpec } from "../../kube/kinds/cluster";
import { place } from "../support/fixtures";
import { run, type Run } from "../support/program";

const COMPONENT = "cnpg-credentials:index:Poolers::poolers";
const CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster::pg";
const PATCH = "kubernetes:postgresql.cnpg.io/v1:PoolerPatch";

function make(preview = false): Promise<Run<Poolers>> {
  return run(
    () => {
      const cluster = new Cluster("pg", { metadata: { name: "pg" }, spec: {} as ClusterSpec });
      return new Poolers("poolers", {
        names: ["pooler-ro", "pooler-rw"],
        authorities: "0123",
        place: place(),
        cluster: cluster.metadata.apply(() => "pg"),
      });
    },
    { preview },
  );
}

describe("components/poolers", () => {
  it("makes the same in a preview and in an update, each a child of the component, once the Cluster is there", async () => {
    for (const preview of [false, true]) {
      const { resources } = await make(preview);
      assert.deepEqual(
        resources.map(({ id, parent, dependsOn }) => [id, parent, dependsOn]),
        [
          [COMPONENT, undefined, []],
          [CLUSTER, undefined, []],
          [`${PATCH}::poolers-pooler-ro`, COMPONENT, [CLUSTER]],
          [`${PATCH}::poolers-pooler-rw`, COMPONENT, [CLUSTER]],
        ],
      );
    }
  });

  it("writes one annotation of a Pooler, which stays", async () => {
    const { inputs, options } = (await make()).get(`${PATCH}::poolers-pooler-rw`);
    assert.deepEqual(inputs, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Pooler",
      metadata: { name: "pooler-rw", namespace: "apps", annotations: { "cnpg-credentials/pooler-host": "pooler-rw.apps.svc 0123" } },
    });
    assert.deepEqual(options, { retainOnDelete: true });
  });

  it("has nothing secret", async () => {
    const { result } = await make();
    for (const patch of result.byName.values()) assert.equal(await pulumi.isSecret(patch.metadata), false);
  });
});
