import * as assert from "node:assert/strict";
import type { Resource } from "../../../policy/resource";
import { azureSealProtected as rule } from "../../../policy/rules/azureSealProtected";
import { finding, judge, resource, UNKNOWN, type Told } from "../../support/policy";

const vault = (properties: object = {}, protect = true, type = "azure-native:keyvault:Vault") =>
  resource(type, { properties: { enablePurgeProtection: true, enableSoftDelete: true, ...properties } }, { protect });
const key = (properties: object = {}, protect = true, type = "azure-native:keyvault:Key") =>
  resource(type, { properties: { kty: "RSA", ...properties } }, { protect });
const [DELETED, PURGED, EXPIRES] = ["may be deleted", "can be purged", "expires"];

describe("policy/rules/azureSealProtected", () => {
  const finds = finding(rule);
  it("has nothing against a Key Vault and a key that are protected, or against what is neither", () => {
    const older = resource("azure:keyvault/keyVault:KeyVault", { purgeProtectionEnabled: true }, { protect: true });
    const others = [resource("azure-native:storage:StorageAccount", {}), resource("vault:index/mount:Mount", {})];
    const unsure = vault({ enablePurgeProtection: UNKNOWN });
    assert.deepEqual(judge(rule, [vault(), vault({ enableSoftDelete: undefined }), unsure, key(), older, ...others]), []);
  });

  const breaks: [what: string, resource: Resource, told: Told[]][] = [
    ["a Key Vault that is not protected", vault({}, false), [["Vault it", DELETED]]],
    ["a key that is not protected", key({}, false), [["Key it", DELETED]]],
    ["a Key Vault that can be purged", vault({ enablePurgeProtection: false }), [["Vault it", PURGED]]],
    ["a Key Vault that does not say", vault({ enablePurgeProtection: undefined }), [["Vault it", PURGED]]],
    ["a Key Vault that is gone when it is deleted", vault({ enableSoftDelete: false }), [["Vault it", "is gone at once"]]],
    ["a key that expires", key({ attributes: { exp: 2_000_000_000 } }), [["Key it", EXPIRES]]],
    ["a key that is disabled", key({ attributes: { enabled: false } }), [["Key it", "is disabled"]]],
    ["a Key Vault by a version of Azure's API", vault({}, false, "azure-native:keyvault/v20230701:Vault"), [["Vault it", DELETED]]],
    ["a key by a version of Azure's API", key({}, false, "azure-native:keyvault/v20230701:Key"), [["Key it", DELETED]]],
    ["a hardware module", vault({ enablePurgeProtection: false }, true, "azure-native:keyvault:ManagedHsm"), [["ManagedHsm it", PURGED]]],
    [
      "an older provider's Key Vault",
      resource("azure:keyvault/keyVault:KeyVault", {}),
      [
        ["KeyVault it", DELETED],
        ["KeyVault it", PURGED],
      ],
    ],
    [
      "an older provider's key",
      resource("azure:keyvault/key:Key", { expirationDate: "2030-01-01T00:00:00Z" }),
      [
        ["Key it", DELETED],
        ["Key it", EXPIRES],
      ],
    ],
  ];
  for (const [what, one, expected] of breaks) it(`finds ${what}`, () => finds([one], expected));
});
