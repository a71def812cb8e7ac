import type { Resource } from "../resource";
import { violation, type ResourceRule } from "../rule";
import { at, UNKNOWN, type Value } from "../values";

/**
 * As azure-native has them, with or without a version of Azure's API, and as the older provider
 * does.
 */
const VAULT = /^(azure-native:keyvault(\/\w+)?:(Vault|ManagedHsm)|azure:keyvault\/\w+:(KeyVault|ManagedHardwareSecurityModule))$/;
const KEY = /^(azure-native:keyvault(\/\w+)?:Key|azure:keyvault\/\w+:(Key|ManagedHardwareSecurityModuleKey))$/;

export const azureSealProtected: ResourceRule = {
  name: "azure-seal-protected",
  description: "Key Vaults and keys in Azure are protected, and what is deleted of them can be had back.",
  level: "mandatory",
  concerns: (type) => VAULT.test(type) || KEY.test(type),
  check: (resource) => [
    ...(resource.protect ? [] : [violation(resource, `may be deleted by an \`up\` or a \`destroy\`: ${LOST}`, "set `protect: true`")]),
    ...(VAULT.test(resource.type) ? checkVault(resource) : checkKey(resource)),
  ],
};

const LOST = "without the key Vault is lost, and no recovery key brings it back";

function checkVault(resource: Resource) {
  const purge = setting(resource, "enablePurgeProtection", "purgeProtectionEnabled");
  return [
    ...(isTrue(purge) ? [] : [violation(resource, `can be purged while it is deleted: ${LOST}`, "set `enablePurgeProtection: true`")]),
    ...(setting(resource, "enableSoftDelete") === false
      ? [violation(resource, `is gone at once when it is deleted: ${LOST}`, "take `enableSoftDelete: false` out")]
      : []),
  ];
}

function checkKey(resource: Resource) {
  const attributes = setting(resource, "attributes");
  const expires = at(attributes, "exp") ?? resource.props.expirationDate;
  return [
    ...(at(attributes, "enabled") === false ? [violation(resource, "is disabled: Vault cannot be unsealed with it", "enable it")] : []),
    ...(expires === undefined || expires === null
      ? []
      : [
          violation(
            resource,
            "expires: Vault cannot be unsealed any more afterwards",
            "take its time of expiry out; rotate it with `rotationPolicy`",
          ),
        ]),
  ];
}

function setting({ props }: Resource, ...names: readonly string[]): Value {
  return names.map((name) => at(props, "properties", name) ?? props[name]).find((value) => value !== undefined);
}

const isTrue = (value: Value) => value === true || value === UNKNOWN;
