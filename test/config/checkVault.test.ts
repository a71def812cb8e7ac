import * as assert from "node:assert/strict";
import { validateStack } from "../../config/validate";
import { problemsOf } from "../support/problems";
import { asEngineValues, set } from "../support/stackFiles";

const AZURE = {
  type: "azurekeyvault",
  tenantId: "7d0b5a0e-31c5-4b7e-9f5b-0d8f5d3f7c11",
  keyVault: { kind: "existing", name: "kv", clientId: "0b6c0d54-53f8-4c62-9a8e-2b1a4c6f3d22" },
};

/** A stack with Vault as it may be in prod, with changes by path. */
function stack(changes: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const values: Record<string, unknown> = {
    namespace: "apps",
    context: "lab",
    services: {},
    cluster: { instances: 1, image: "pg:17", storage: { size: "1Gi" } },
    vault: {
      server: { kind: "deployed", image: "vault:1", replicas: 3, storage: { size: "1Gi" }, seal: structuredClone(AZURE) },
      configuration: { by: "pulumi" },
    },
  };
  for (const [path, value] of Object.entries(changes)) set(values, path.split("."), value);
  return asEngineValues(values);
}

const MANAGED = {
  kind: "managed",
  name: "kv-ameide-prod",
  subscriptionId: AZURE.tenantId,
  resourceGroup: "vault",
  location: "westeurope",
  issuer: "https://westeurope.oic.prod-aks.azure.com/t/c/",
};
const GROUP = "/subscriptions/s/resourceGroups/g/providers";
const DEV = { "vault.configuration.by": "cronJob", "vault.server.seal": { type: "shamir" }, "vault.server.replicas": 1 };
const ceremony = "use `pulumi` with the token that the ceremony makes (`npm run vault:init`)";

describe("config/checkVault", () => {
  const accepted: [what: string, stack: string, changes: Record<string, unknown>][] = [
    ["prod that unseals itself", "prod", {}],
    ["dev with its keys in the cluster", "dev", DEV],
    ["dev that unseals itself", "dev", {}],
    ["a stack of another name that says what it is", "prod-eu", { environment: "prod" }],
    ["no Vault, in a stack of any name", "qa", { vault: undefined }],
    [
      "a Key Vault of its own",
      "prod",
      {
        "vault.server.seal.keyVault": {
          ...MANAGED,
          allow: { addresses: ["203.0.113.7", "198.51.100.0/28"], subnets: [`${GROUP}/microsoft.network/virtualNetworks/n/subnets/s`] },
          protection: "hsm",
          logs: `${GROUP}/Microsoft.OperationalInsights/workspaces/w`,
        },
      },
    ],
    ["somebody else's Vault", "prod", { "vault.server": { kind: "existing", address: "https://vault.example" } }],
  ];
  for (const [what, name, changes] of accepted)
    it(`accepts ${what}`, () => assert.ok("config" in validateStack(stack(changes), name), what));

  const rejected: [what: string, stack: string, changes: Record<string, unknown>, ...problems: string[]][] = [
    [
      "dev's Vault anywhere else",
      "staging",
      DEV,
      `vault.configuration.by: \`cronJob\` keeps Vault's unseal key and root token in the cluster, and this is staging; ${ceremony}`,
      "vault.server.seal.type: `shamir` needs somebody with a key at every restart, and this is staging; use `azurekeyvault` or `transit`",
      "vault.server.replicas: 1 replica is an outage at every restart, and this is staging; use 3 or 5",
    ],
    [
      "prod that calls itself dev",
      "prod",
      { ...DEV, environment: "dev" },
      "environment: is `dev` in the stack prod; remove it, or rename the stack",
    ],
    [
      "a stack that does not say what it is",
      "qa",
      {},
      "environment: is missing: the name of the stack, qa, does not say it; set it to one of dev, staging, prod",
    ],
    [
      "bundles without Vault",
      "dev",
      { vault: undefined, bundles: { minio: {} } },
      "bundles: needs Vault, and there is no `vault`; set `vault`, or remove it",
    ],
    [
      "a CronJob for what unseals itself, and more replicas than it unseals",
      "dev",
      { "vault.configuration.by": "cronJob" },
      `vault.configuration.by: \`cronJob\` unseals Vault, which \`azurekeyvault\` does by itself; ${ceremony}, or the seal \`shamir\``,
      "vault.server.replicas: `cronJob` unseals one replica; use 1, or a seal that unseals by itself",
    ],
    [
      "a CronJob for somebody else's Vault",
      "dev",
      { "vault.configuration.by": "cronJob", "vault.server": { kind: "existing", address: "https://vault.example" } },
      "vault.configuration.by: `cronJob` initialises a Vault of this program's own, and `vault.server` is an existing one; use `pulumi`, or `hand` where somebody else configures it",
    ],
    [
      "a plaintext address",
      "prod",
      { "vault.server": { kind: "existing", address: "http://vault.example" } },
      "vault.server.address: is not an address such as `https://vault.vault.svc:8200`: there is no plaintext; correct it in Pulumi.prod.yaml",
    ],
    [
      "a Key Vault that Azure would refuse",
      "prod",
      {
        "vault.server.seal.keyVault": {
          ...MANAGED,
          name: "kv--prod",
          issuer: "http://issuer.example",
          allow: { addresses: ["10.0.0.0/8, 10.1.0.0/16"], subnets: ["nodes"] },
          rotateDays: 6,
          logs: "audit",
        },
      },
      "vault.server.seal.keyVault.name: is not a name of a Key Vault; correct it in Pulumi.prod.yaml",
      "vault.server.seal.keyVault.issuer: is not an `https` address; correct it in Pulumi.prod.yaml",
      "vault.server.seal.keyVault.allow.addresses.0: is not an IPv4 address or range such as `203.0.113.0/28`; correct it in Pulumi.prod.yaml",
      "vault.server.seal.keyVault.allow.subnets.0: is not `/subscriptions/*/resourceGroups/*/providers/Microsoft.Network/virtualNetworks/*/subnets/*`; correct it in Pulumi.prod.yaml",
      "vault.server.seal.keyVault.rotateDays: is less than Azure's 7; correct it in Pulumi.prod.yaml",
      "vault.server.seal.keyVault.logs: is not `/subscriptions/*/resourceGroups/*/providers/Microsoft.OperationalInsights/workspaces/*`; correct it in Pulumi.prod.yaml",
    ],
    [
      "copies among what services fetch",
      "prod",
      { "vault.mirror": { mode: "push", mount: "secret" } },
      "vault.mirror.mount: `secret` is the mount of the fixtures; give the mirror one of its own: what CloudNativePG owns is not among what services fetch",
    ],
  ];
  for (const [what, name, changes, ...problems] of rejected)
    it(`rejects ${what}`, () => assert.deepEqual(problemsOf(validateStack(stack(changes), name)), problems));
});
