import * as assert from "node:assert/strict";
import { validateStack } from "../../config/validate";
import { problemsOf } from "../support/problems";
import { asEngineValues, set } from "../support/stackFiles";
import { telling, type Told } from "../support/told";

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
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const GROUP = "/subscriptions/s/resourceGroups/g/providers";
const DEV = { "vault.configuration.by": "cronJob", "vault.server.seal": { type: "shamir" }, "vault.server.replicas": 1 };

describe("config/checkVault", () => {
  const tell = telling("configuration", "Vault");
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
    [
      "one outside the cluster that has a reviewer's token",
      "prod",
      {
        "vault.server": { kind: "existing", address: "https://vault.example" },
        "vault.kubernetesAuth": { ca: CERTIFICATE, reviewer: "given" },
      },
    ],
  ];
  for (const [what, name, changes] of accepted)
    it(`accepts ${what}`, () => assert.ok("config" in validateStack(stack(changes), name), what));

  const rejected: [what: string, stack: string, changes: Record<string, unknown>, ...told: Told[]][] = [
    [
      "dev's Vault anywhere else",
      "staging",
      DEV,
      ["vault.configuration.by", "`cronJob` keeps Vault's unseal key"],
      ["vault.server.seal.type", "`shamir` needs somebody with a key at every restart"],
      ["vault.server.replicas", "1 replica is an outage at every restart"],
    ],
    ["prod that calls itself dev", "prod", { ...DEV, environment: "dev" }, ["environment", "is `dev` in the stack prod"]],
    ["a stack that does not say what it is", "qa", {}, ["environment", "is missing: the name of the stack"]],
    ["bundles without Vault", "dev", { vault: undefined, bundles: { minio: {} } }, ["bundles", "needs Vault, and there is no `vault`"]],
    [
      "a CronJob for what unseals itself, and more replicas than it unseals",
      "dev",
      { "vault.configuration.by": "cronJob" },
      ["vault.configuration.by", "`cronJob` unseals Vault"],
      ["vault.server.replicas", "`cronJob` unseals one replica"],
    ],
    [
      "a CronJob for somebody else's Vault",
      "dev",
      { "vault.configuration.by": "cronJob", "vault.server": { kind: "existing", address: "https://vault.example" } },
      ["vault.configuration.by", "`cronJob` initialises a Vault of this program's own"],
    ],
    [
      "a Vault outside the cluster, which has nobody's token to review others' with",
      "prod",
      { "vault.server": { kind: "existing", address: "https://vault.example" }, "vault.kubernetesAuth": { ca: CERTIFICATE } },
      ["vault.kubernetesAuth.reviewer", "refuses every login", "token_reviewer_jwt", "docs/runbooks/bundles.md"],
    ],
    [
      "a plaintext address",
      "prod",
      { "vault.server": { kind: "existing", address: "http://vault.example" } },
      ["vault.server.address", "is not an address"],
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
      ["vault.server.seal.keyVault.name", "is not a name of a Key Vault"],
      ["vault.server.seal.keyVault.issuer", "is not an `https` address"],
      ["vault.server.seal.keyVault.allow.addresses.0", "is not an IPv4 address or range"],
      ["vault.server.seal.keyVault.allow.subnets.0", "Microsoft.Network/virtualNetworks/*/subnets/*`"],
      ["vault.server.seal.keyVault.rotateDays", "is less than Azure's 7"],
      ["vault.server.seal.keyVault.logs", "Microsoft.OperationalInsights/workspaces/*`"],
    ],
    [
      "copies among what services fetch",
      "prod",
      { "vault.mirror": { mode: "push", mount: "secret" } },
      ["vault.mirror.mount", "`secret` is the mount of the fixtures"],
    ],
  ];
  for (const [what, name, changes, ...told] of rejected)
    it(`rejects ${what}`, () => tell(problemsOf(validateStack(stack(changes), name)), told));
});
