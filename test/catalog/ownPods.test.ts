import * as assert from "node:assert/strict";
import { podAccount, podMetadata, podPlacement, podResources, podSecurity, PROOF_NEEDS, type OwnPods } from "../../catalog/ownPods";

const pods = (values: Partial<OwnPods> = {}): OwnPods => ({ user: "own", imagePullSecrets: [], ...values });

describe("catalog/ownPods", () => {
  it("has what each pod needs where the stack says nothing", () => {
    assert.deepEqual(podResources(undefined, PROOF_NEEDS.resources), PROOF_NEEDS.resources);
    assert.deepEqual([podPlacement(undefined), podAccount(undefined)], [{}, {}]);
    assert.deepEqual(podSecurity(undefined, PROOF_NEEDS), {
      runAsNonRoot: true,
      runAsUser: 26,
      runAsGroup: 26,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("adds a limit that a quota wants named, and keeps the others", () =>
    assert.deepEqual(podResources(pods({ resources: { limits: { cpu: "100m" }, requests: { memory: "64Mi" } } }), PROOF_NEEDS.resources), {
      requests: { cpu: "10m", memory: "64Mi" },
      limits: { memory: "64Mi", cpu: "100m" },
    }));

  it("names no user where the platform gives each namespace its own, and is no root all the same", () =>
    assert.deepEqual(podSecurity(pods({ user: "platform" }), PROOF_NEEDS), {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    }));

  it("keeps the labels that the program goes by, and lets annotations have the last word on a mesh", () => {
    const own = { "app.kubernetes.io/part-of": "cnpg-credentials" };
    const given = pods({
      labels: { "app.kubernetes.io/part-of": "shop", team: "data" },
      annotations: { "linkerd.io/inject": "enabled", policy: "yes" },
    });
    assert.deepEqual(podMetadata(given, own, { note: "hello" }), {
      labels: { ...own, team: "data" },
      annotations: { note: "hello", "sidecar.istio.io/inject": "false", "linkerd.io/inject": "enabled", policy: "yes" },
    });
  });

  it("fetches images and runs where the stack says, else where the Cluster does", () => {
    const own = { imagePullSecrets: ["registry"], nodeSelector: { pool: "pg" }, tolerations: [{ key: "pg" }] };
    assert.deepEqual(podPlacement(pods({ imagePullSecrets: ["registry", "mirror"] }), own), {
      imagePullSecrets: [{ name: "registry" }, { name: "mirror" }],
      nodeSelector: { pool: "pg" },
      tolerations: [{ key: "pg" }],
    });
    assert.deepEqual(podPlacement(pods({ nodeSelector: { pool: "jobs" }, tolerations: [] }), own), {
      imagePullSecrets: [{ name: "registry" }],
      nodeSelector: { pool: "jobs" },
      tolerations: [],
    });
  });

  it("runs as the account that the stack names", () =>
    assert.deepEqual(podAccount(pods({ serviceAccount: "jobs" })), { serviceAccountName: "jobs" }));
});
