import assert from "node:assert/strict";
import { reachVault } from "../../cli/shared/vault";
import { clientConfig } from "../../kube/kubeconfig";
import { CONTEXT } from "./support/apiServer";
import { cluster, secret } from "./support/objects";
import { CLUSTER, Stage } from "./support/stage";
import { here, newNamespace } from "./support/world";

describe("a path in the place of a name", () => {
  it("is taken by the API server in an EndpointSlice, and no command is run in the pod", async () => {
    const namespace = await newNamespace("vault");
    const name = "vault-0/exec?container=vault&command=id&stdout=true&x=";
    await here().api.apply({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "theirs", namespace, labels: { "kubernetes.io/service-name": "vault" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.2.3"], conditions: { ready: true }, targetRef: { kind: "Pod", namespace, name } }],
      ports: [{ port: 8200 }],
    });
    const config = await clientConfig({ kubeconfig: here().server.kubeconfig, context: CONTEXT });
    await assert.rejects(
      reachVault(config, { address: `https://vault.${namespace}.svc:8200` }),
      /vault-0\/exec.* is not the name of a pod/,
    );
  });

  it("is taken by the API server in a Cluster, and is not asked for", async () => {
    const stage = await Stage.open();
    stage.settings.cluster = { existing: CLUSTER, protection: "none" };
    stage.settings.rotation = { proof: { image: "example.com/postgresql:17" } };
    await stage.apply(
      secret(`${CLUSTER}-ca`, { "ca.crt": "-----BEGIN CERTIFICATE-----\nTHEIRS\n-----END CERTIFICATE-----\n" }),
      cluster({ certificates: { serverTLSSecret: "../../default/secrets/theirs" } }),
    );
    await assert.rejects(
      stage.attempt(),
      /an object of the cluster has a path in the place of a name: .*\/secrets\/\.\.\/\.\.\/default.* is not asked for/,
    );
  });
});
