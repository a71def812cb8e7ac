import * as assert from "node:assert/strict";
import { validateStack } from "../../config/validate";
import { problemsOf } from "../support/problems";

const values = { namespace: "shop", context: "one", services: '{"platform":{"keys":["readOnly"]}}' };
const validate = (cluster: object, more: Record<string, string> = {}) =>
  validateStack({ ...values, cluster: JSON.stringify(cluster), ...more }, "dev");

function refused(cluster: object, more: Record<string, string> = {}): string[] {
  const result = validate(cluster, more);
  assert.ok("problems" in result, "it was taken");
  return problemsOf(result);
}

describe("cluster.existing", () => {
  it("takes a name and nothing else: roles are objects, and the Cluster's own authority is the one that clients trust", () => {
    const result = validate({ existing: "shared" });
    assert.ok("config" in result, JSON.stringify(result));
    const { cluster, roleApi, tls } = result.config;
    assert.deepEqual(
      [cluster.name, cluster.existing, cluster.protection, roleApi, tls],
      ["shared", true, "protected", "databaseRole", { authorities: ["operator"] }],
    );
  });

  it("refuses what would be written into the Cluster, by its place and with what to do", () => {
    const found = refused({ existing: "shared", instances: 3, storage: { size: "1Gi" }, pgHba: [], name: "x" });
    assert.deepEqual(
      found.map((line) => line.split(":")[0]),
      ["cluster.instances", "cluster.storage", "cluster.pgHba", "cluster.name"],
    );
    for (const line of found) assert.match(line, /not this stack's to say.*say it where that Cluster is written/);
    assert.match(
      refused({ existing: "shared" }, { roleApi: "inline" })[0]!,
      /^roleApi: is the Cluster's own manifest's.*it is `databaseRole`/,
    );
    const authorities = JSON.stringify({ authorities: [1] });
    assert.match(
      refused({ existing: "shared" }, { tls: authorities })[0]!,
      /^tls\.authorities\.0: is the Cluster's own manifest's.*it is `operator`/,
    );
    assert.match(refused({ existing: "Shared!" })[0]!, /^cluster\.existing: /);
    assert.match(refused({ existing: "shared", protetion: "none" })[0]!, /did you mean `protection`/);
  });
});
