import assert from "node:assert/strict";
import { labVaultNamespace, withParts, type VaultParts } from "../../lab/extras";

const PARTS: VaultParts = {
  image: "localhost/vault:1",
  nodeImage: "localhost/node:22",
  pluginDirectory: "/vault/plugins",
  kubernetesPlugin: { command: "kubernetes", sha256: "0".repeat(64) },
};
const resources = { requests: { cpu: "50m" }, limits: { cpu: "2" } };
const kubernetesPlugin = { directory: "/vault/plugins", ...PARTS.kubernetesPlugin };

describe("lab/extras", () => {
  it("gives dev's Vault what the lab has, and leaves its names", () => {
    const vault = { server: { kind: "deployed", image: "vault:1", replicas: 1 }, configuration: { by: "cronJob", image: "node:22" } };
    assert.deepEqual(withParts(vault, PARTS, "dev"), {
      server: { kind: "deployed", image: PARTS.image, replicas: 1, namespace: "vault", kubernetesPlugin, resources },
      store: {},
      configuration: { by: "cronJob", image: PARTS.nodeImage },
    });
  });

  it("keeps the Vaults of other stacks apart from dev's, in the same cluster", () => {
    const vault = {
      server: { kind: "deployed", namespace: "keys", image: "vault:1", resources: { limits: { cpu: "1", memory: "1Gi" } } },
      store: { refreshInterval: "5m" },
      configuration: { by: "pulumi", address: "https://localhost:8200" },
    };
    assert.deepEqual(withParts(vault, PARTS, "prod"), {
      server: {
        kind: "deployed",
        namespace: labVaultNamespace("prod", "keys"),
        image: PARTS.image,
        kubernetesPlugin,
        resources: { ...resources, limits: { cpu: "2", memory: "1Gi" } },
      },
      store: { refreshInterval: "5m", name: "ameide-vault-prod" },
      configuration: { by: "pulumi", address: "https://localhost:8200" },
    });
    assert.deepEqual(
      ["dev", "prod"].map((stack) => labVaultNamespace(stack, "keys")),
      ["keys", "keys-prod"],
    );
  });

  it("leaves a Vault alone that is somebody else's", () => {
    const vault = { server: { kind: "existing", address: "https://vault.example" }, configuration: { by: "hand" } };
    assert.deepEqual(withParts(vault, PARTS, "prod"), vault);
  });
});
