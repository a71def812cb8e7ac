import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { VaultConfig } from "../../config/schema";
import { fixtureResource } from "../../vault/names";
import type { FixtureOutputs } from "./fixtureValues";

export interface VaultConfigurationArgs {
  config: Pick<VaultConfig, "mount">;
  /** Paths that this program writes, whole. */
  fixtures: FixtureOutputs;
  /** Run before anything is written. */
  hooks?: pulumi.ResourceHookBinding;
}

/**
 * Fixtures, through Vault's provider. Engines, authentication, policies, roles and audit devices are the ceremony's: whoever may change one of them may give themselves the
 * others. Nothing is ever taken away from Vault: what is not wanted any more, or whose stack goes, stays there, as it does after the bootstrap of dev.
 */
export class VaultConfiguration extends pulumi.ComponentResource {
  /** Everything that Vault has to have before somebody may expect an answer. */
  readonly resources: readonly pulumi.CustomResource[];

  constructor(name: string, args: VaultConfigurationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:VaultConfiguration", name, {}, opts);
    const { config, hooks } = args;
    const own = { parent: this, retainOnDelete: true, ...(hooks === undefined ? {} : { hooks }) };
    this.resources = Object.entries(args.fixtures).map(([path, keys]) => {
      const isInitial = Object.values(keys).some(({ initial }) => initial);
      return new vault.kv.SecretV2(
        `${name}-${fixtureResource(path)}`,
        { mount: config.mount, name: path, dataJson: contents(keys) },
        // What its service has written since stays.
        { ...own, ...(isInitial ? { ignoreChanges: ["dataJson"] } : {}) },
      );
    });
    this.registerOutputs();
  }
}

/** As JSON, its keys in order: what the provider compares with. */
function contents(keys: FixtureOutputs[string]): pulumi.Output<string> {
  const values = Object.keys(keys)
    .sort()
    .map((key) => [key, keys[key]!.value] as const);
  return pulumi.secret(
    pulumi
      .output(values.map(([key, value]) => ({ key, value })))
      .apply((all) => JSON.stringify(Object.fromEntries(all.map(({ key, value }) => [key, value])))),
  );
}
