import assert from "node:assert/strict";
import { ceremonyDefaults, configuredVault } from "../../../cli/ceremony/defaults";
import { stackConfig } from "../../support/fixtures";
import { EXISTING, REPLICATED, vaultConfig } from "../../support/vaults";

const CA = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";

describe("cli/ceremony/defaults", () => {
  it("are the configuration's, where there is one", () => {
    assert.deepEqual(ceremonyDefaults("prod"), { record: "vault-ceremony-prod.json", tokenTtl: "30m", audit: "stdout" });
    assert.equal(ceremonyDefaults("prod", vaultConfig({ audit: "/vault/audit/audit.log" })).audit, "/vault/audit/audit.log");
  });

  describe("where Vault is", () => {
    const reached = (changes: Readonly<Record<string, unknown>>, isKubeconfigSealed = false) =>
      configuredVault({
        config: { ...stackConfig({ environment: "dev" }), context: "ours", vault: vaultConfig(changes) },
        isKubeconfigSealed,
        problems: [],
      });
    const own = { address: "https://vault-0.vault-internal.vault.svc:8200", cluster: { context: "ours" } };
    const cases: [what: string, changes: Readonly<Record<string, unknown>>, expected: unknown][] = [
      [
        "the stack's own: its first pod, and the authority of the certificate that it shows",
        REPLICATED,
        { ...own, caSecret: { name: "vault-tls", namespace: "vault" } },
      ],
      [
        "its own, of other names",
        { ...REPLICATED, "server.name": "store", "server.namespace": "keys" },
        {
          ...own,
          address: "https://store-0.store-internal.keys.svc:8200",
          caSecret: { name: "store-tls", namespace: "keys" },
        },
      ],
      [
        "its own, with a certificate of somebody else's",
        { ...REPLICATED, "server.tls": { kind: "secret", name: "ours" } },
        { ...own, caSecret: { name: "ours", namespace: "vault" } },
      ],
      [
        "its own, by an authority that the file has; not by an address that leads to any of its pods",
        { ...REPLICATED, "configuration.address": "https://localhost:8200", "configuration.ca": CA },
        { ...own, authority: CA },
      ],
      ["somebody else's", { ...EXISTING, "server.ca": CA }, { address: "https://vault.example", authority: CA }],
      ["somebody else's that everybody trusts", EXISTING, { address: "https://vault.example" }],
      [
        "somebody else's, by another way",
        { ...EXISTING, configuration: { by: "pulumi", address: "https://localhost:1", tlsServerName: "vault.example", ca: CA } },
        { address: "https://localhost:1", tlsServerName: "vault.example", authority: CA },
      ],
    ];
    for (const [what, changes, expected] of cases) it(what, () => assert.deepEqual(reached(changes), expected));

    it("is not known where there is no Vault in the file, or no file", () => {
      assert.equal(configuredVault({ config: stackConfig(), isKubeconfigSealed: false, problems: [] }), undefined);
      assert.equal(configuredVault({ isKubeconfigSealed: false, problems: [] }), undefined);
    });

    it("is not known without a kubeconfig that is encrypted, unless it is somebody else's", () => {
      assert.equal(reached(REPLICATED, true), undefined);
      assert.deepEqual(reached(EXISTING, true), { address: "https://vault.example" });
    });
  });
});
