import * as assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import type { ServiceOutput } from "../../../catalog/outputs";
import { lookAgain } from "../../../cli/rotate/apply";
import { startApiServer } from "../../support/apiServer";

const CLUSTER = "PATCH /apis/postgresql.cnpg.io/v1/namespaces/apps/clusters/pg";

describe("cli/rotate/apply, when logins have ended", () => {
  async function asked(...ends: readonly Partial<ServiceOutput>[]): Promise<string[]> {
    const server = await startApiServer({ [CLUSTER]: {} });
    try {
      const config = new KubeConfig();
      const caData = Buffer.from(server.ca).toString("base64");
      config.loadFromClusterAndUser({ name: "c", server: server.url, caData, skipTLSVerify: false }, { name: "u" });
      await lookAgain(
        config,
        "apps/pg",
        ends.map((output, index) => [`s${index}`, output as ServiceOutput]),
      );
      return server.asked.map(({ question, body }) => `${question} ${JSON.stringify(body)}`);
    } finally {
      await server.close();
    }
  }

  it("has CloudNativePG look at once: a login that leaked may have changed the password of another", async () => {
    const [question, ...others] = await asked({ roleObject: "a" }, {});
    assert.match(question!, /^PATCH .*\/clusters\/pg \{"metadata":\{"annotations":\{"cnpg-credentials\/reconciliation-requested":"\d{4}-/);
    assert.deepEqual(others, []);
  });

  it("asks for nothing where roles are objects, or where none has ended", async () =>
    assert.deepEqual([await asked({ roleObject: "a" }), await asked()], [[], []]));
});
