/**
 * Stands in for Azure's provider in previews, and says so in its version: the real one can be had from its vendor only. It takes the inputs of the kinds that this product makes, refuses any other
 * kind, any input that the real package does not know by name, and the lack of any that it demands.
 *
 * It has no Azure: it makes nothing (there is no `create`), reads nothing, compares nothing, and knows no rule of Azure's. Names that are taken, regions, quotas, policies, rights, what replaces
 * what, and defaults that Azure fills in are beyond it. That values are of the right types is what the compiler says, by the real package's types; which they are, what the component's tests say.
 */
import type { RoleAssignmentArgs } from "@pulumi/azure-native/authorization";
import type { KeyArgs, VaultArgs } from "@pulumi/azure-native/keyvault";
import type { FederatedIdentityCredentialArgs, UserAssignedIdentityArgs } from "@pulumi/azure-native/managedidentity";
import type { DiagnosticSettingArgs } from "@pulumi/azure-native/monitor";
import type * as pulumi from "@pulumi/pulumi";
import { main, type Provider } from "@pulumi/pulumi/provider";

/** Every input of a kind. The compiler compares it with the real package. */
type Shape<Args> = { readonly [name in keyof Args]-?: object extends Pick<Args, name> ? "optional" : "required" };

interface Kinds {
  readonly "authorization:RoleAssignment": Shape<RoleAssignmentArgs>;
  readonly "keyvault:Key": Shape<KeyArgs>;
  readonly "keyvault:Vault": Shape<VaultArgs>;
  readonly "managedidentity:FederatedIdentityCredential": Shape<FederatedIdentityCredentialArgs>;
  readonly "managedidentity:UserAssignedIdentity": Shape<UserAssignedIdentityArgs>;
  readonly "monitor:DiagnosticSetting": Shape<DiagnosticSettingArgs>;
}

const KINDS: Kinds = {
  "authorization:RoleAssignment": {
    condition: "optional",
    conditionVersion: "optional",
    delegatedManagedIdentityResourceId: "optional",
    description: "optional",
    principalId: "required",
    principalType: "optional",
    roleAssignmentName: "optional",
    roleDefinitionId: "required",
    scope: "required",
  },
  "keyvault:Key": { keyName: "optional", properties: "required", resourceGroupName: "required", tags: "optional", vaultName: "required" },
  "keyvault:Vault": {
    location: "optional",
    properties: "required",
    resourceGroupName: "required",
    tags: "optional",
    vaultName: "optional",
  },
  "managedidentity:FederatedIdentityCredential": {
    audiences: "required",
    federatedIdentityCredentialResourceName: "optional",
    issuer: "required",
    resourceGroupName: "required",
    resourceName: "required",
    subject: "required",
  },
  "managedidentity:UserAssignedIdentity": {
    location: "optional",
    resourceGroupName: "required",
    resourceName: "optional",
    tags: "optional",
  },
  "monitor:DiagnosticSetting": {
    eventHubAuthorizationRuleId: "optional",
    eventHubName: "optional",
    logAnalyticsDestinationType: "optional",
    logs: "optional",
    marketplacePartnerId: "optional",
    metrics: "optional",
    name: "optional",
    resourceUri: "required",
    serviceBusRuleId: "optional",
    storageAccountId: "optional",
    workspaceId: "optional",
  },
};

type Inputs = Readonly<Record<string, unknown>>;

const standIn: Provider = {
  version: "0.0.0-stand-in",
  check(urn: pulumi.URN, _: unknown, news: Inputs) {
    const kind = /azure-native:([a-z]+:[A-Za-z]+)::/.exec(urn)?.[1] ?? "";
    const shape: Readonly<Record<string, "required" | "optional">> | undefined = KINDS[kind as keyof Kinds];
    if (shape === undefined) throw new Error(`the stand-in for Azure does not know ${urn}`);
    const missing = Object.keys(shape).filter((name) => shape[name] === "required" && news[name] === undefined);
    const unknown = Object.keys(news).filter((name) => shape[name] === undefined);
    const failures = [
      ...missing.map((property) => ({ property, reason: "is missing" })),
      ...unknown.map((property) => ({ property, reason: "is unknown" })),
    ];
    return Promise.resolve({ inputs: news, failures });
  },
};

void main(standIn, process.argv.slice(2));
