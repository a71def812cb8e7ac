import * as assert from "node:assert/strict";
import { loadStackFile } from "../config/file";
import { stackFilePath } from "../test/support/stackFiles";

describe("this company's stack files", () => {
  const load = async (stack: string) => {
    const loaded = await loadStackFile(stackFilePath(stack), stack);
    assert.ok("stack" in loaded, JSON.stringify(loaded));
    return loaded.stack;
  };

  for (const name of ["staging", "prod"])
    it(`${name}: Postgres's log has who comes and goes, and no query fills the volume of all services`, async () => {
      const { parameters } = (await load(name)).cluster;
      assert.deepEqual([parameters.log_connections, parameters.log_disconnections], ["on", "on"]);
      assert.match(parameters.temp_file_limit ?? "", /^\d+GB$/);
    });

  it("prod: changes of roles, rights and objects are written down, metrics go over TLS, and alerts are on", async () => {
    const { cluster, alerts } = await load("prod");
    const audited = (cluster.parameters["pgaudit.log"] ?? "").split(",").map((one) => one.trim());
    assert.deepEqual(audited.sort(), ["ddl", "role"]);
    assert.deepEqual([cluster.monitoring, cluster.metricsTls, alerts], ["podMonitor", "enabled", "prometheusRule"]);
  });
});
