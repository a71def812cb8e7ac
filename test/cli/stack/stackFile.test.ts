import assert from "node:assert/strict";
import { asConfig, settingsIn } from "../../../config/settings";
import { override } from "../../../cli/stack/stackFile";

const SETTINGS = {
  namespace: "apps",
  kubeconfig: "/own",
  cluster: { instances: 1, image: "vendor/pg:17" },
  services: { platform: {} },
  vault: { server: { kind: "existing", address: "https://vault.example" } },
  vaultValues: {},
  bundles: { minio: {} },
  gates: { migrations: { image: "node:22", services: ["platform"] } },
};

describe("cli/stack/stackFile", () => {
  it("gives a stack the images that the cluster has, and the cluster's context in place of a kubeconfig", () => {
    const config = override(
      "dev",
      { config: asConfig(SETTINGS) },
      { context: "lab", image: "localhost/pg:17", nodeImage: "localhost/node:22" },
    );
    const { kubeconfig: _, ...rest } = SETTINGS;
    assert.deepEqual(settingsIn(config), {
      ...rest,
      context: "lab",
      cluster: { instances: 1, image: "localhost/pg:17" },
      gates: { migrations: { image: "localhost/node:22", services: ["platform"] } },
    });
  });

  it("leaves out what takes Prometheus' operator, or pgaudit, where the cluster has neither, and nothing else", () => {
    const cluster = {
      instances: 3,
      monitoring: "podMonitor",
      metricsTls: "enabled",
      parameters: { "pgaudit.log": "ddl", work_mem: "1MB" },
    };
    const config = asConfig({ namespace: "apps", alerts: "prometheusRule", cluster });
    assert.deepEqual(settingsIn(override("prod", { config }, { context: "lab", isBare: true })), {
      namespace: "apps",
      context: "lab",
      cluster: { instances: 3, metricsTls: "enabled", parameters: { work_mem: "1MB" } },
    });
    const all = settingsIn(override("prod", { config }, { context: "own" }));
    assert.deepEqual(all, { namespace: "apps", alerts: "prometheusRule", cluster, context: "own" });
  });

  it("leaves out Vault and all that needs it, and nothing else", () => {
    const config = override("dev", { config: asConfig(SETTINGS) }, { context: "lab", image: "localhost/pg:17", withoutVault: true });
    const { namespace, services } = SETTINGS;
    assert.deepEqual(settingsIn(config), { namespace, services, context: "lab", cluster: { instances: 1, image: "localhost/pg:17" } });
  });
});
