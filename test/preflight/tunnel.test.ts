import * as assert from "node:assert/strict";
import * as net from "node:net";
import { once } from "node:events";
import { KubeConfig } from "@kubernetes/client-node";
import { reachVault } from "../../cli/shared/vault";
import { openTunnel } from "../../preflight/postgres/tunnel";
import { startApiServer } from "../support/apiServer";

const SLICES = "GET /apis/discovery.k8s.io/v1/namespaces/vault/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dvault";
/** The API server takes it from anyone who may write EndpointSlices. */
const COMMAND = "vault-0/exec?container=vault&command=id&stdout=true&x=";

describe("a port-forward", () => {
  /** Does something and returns the paths that were asked for. */
  async function asking(act: (config: KubeConfig) => Promise<void>): Promise<string[]> {
    const endpoints = [{ conditions: { ready: true }, targetRef: { kind: "Pod", name: COMMAND } }];
    const server = await startApiServer({ [SLICES]: { items: [{ metadata: { name: "s" }, endpoints, ports: [{ port: 8200 }] }] } });
    try {
      const config = new KubeConfig();
      const caData = Buffer.from(server.ca).toString("base64");
      config.loadFromClusterAndUser({ name: "c", server: server.url, caData, skipTLSVerify: false }, { name: "u" });
      await act(config);
      return server.asked.map(({ question }) => question);
    } finally {
      await server.close();
    }
  }

  it("goes to the pod that is named", async () => {
    const asked = await asking(async (config) => {
      const tunnel = await openTunnel(config, "vault", "vault-0", 8200);
      const socket = net.connect(tunnel.port, "127.0.0.1").on("error", () => undefined);
      await once(socket, "close");
      await tunnel.close();
    });
    assert.deepEqual(asked, ["GET /api/v1/namespaces/vault/pods/vault-0/portforward?ports=8200"]);
  });

  for (const pod of [COMMAND, "../pods/evil", "a b", "", "vault-0\n"])
    it(`goes nowhere where the pod is called ${JSON.stringify(pod)}`, async () => {
      const asked = await asking((config) => assert.rejects(openTunnel(config, "vault", pod, 8200), /is not the name of a pod/));
      assert.deepEqual(asked, []);
    });

  it("runs no command in the pod of Vault, whatever its EndpointSlice says", async () => {
    const asked = await asking((config) =>
      assert.rejects(reachVault(config, { address: "https://vault.vault.svc:8200" }), /is not the name of a pod/),
    );
    assert.deepEqual(asked, [SLICES]);
  });
});
