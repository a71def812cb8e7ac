import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { VaultConfig } from "../../config/schema";
import type { VaultAccess } from "../../vault/access";
import type { FixtureOutputs } from "./fixtureValues";

export interface VaultConfigurationArgs {
  config: Pick<VaultConfig, "mount" | "kubernetesAuth">;
  access: VaultAccess;
  /** Paths that this program writes, whole. */
  fixtures: FixtureOutputs;
  /** What Vault has already of what is mounted, and is taken over as it is: engines by their paths, and Kubernetes authentication. */
  found: { mounts: readonly string[]; auth: boolean };
  /** Run before anything is written. */
  hooks?: pulumi.ResourceHookBinding;
}

/**
 * Engines, Kubernetes authentication, policies, roles and fixtures, through Vault's provider. Nothing is ever taken away from Vault: what is not wanted any more, or whose stack goes, stays there, as
 * it does after the bootstrap of dev; whoever removes an engine removes what is in it. The audit device is the ceremony's, which needs more rights than a token of this program has.
 */
export class VaultConfiguration extends pulumi.ComponentResource {
  /** Everything that Vault has to have before somebody may expect an answer. */
  readonly resources: readonly pulumi.CustomResource[];

  constructor(name: string, args: VaultConfigurationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:VaultConfiguration", name, {}, opts);
    const { access, config } = args;
    const own = { parent: this, retainOnDelete: true, ...(args.hooks === undefined ? {} : { hooks: args.hooks }) };
    const engines = Object.entries(access.mounts).map(([path, mount]) => {
      const engine = new vault.Mount(
        `${name}-engine-${path}`,
        { path, type: "kv", options: { version: "2" }, description: mount.description },
        { ...own, ...takenOver(path, args.found.mounts.includes(path)) },
      );
      const casRequired = mount.checkAndSet ?? false;
      return { path, settings: new vault.kv.SecretBackendV2(`${name}-engine-${path}-settings`, { mount: engine.path, casRequired }, own) };
    });
    const policies = Object.entries(access.policies).map(
      ([policy, text]) => new vault.Policy(`${name}-policy-${policy}`, { name: policy, policy: text }, own),
    );
    const logins = kubernetesLogins(name, args, own);
    const fixtureEngine = engines.find(({ path }) => path === config.mount)?.settings;
    const fixtures = Object.entries(args.fixtures).map(([path, keys]) => {
      const isInitial = Object.values(keys).some(({ initial }) => initial);
      return new vault.kv.SecretV2(
        `${name}-fixture-${path.replace("/", "-")}`,
        { mount: config.mount, name: path, dataJson: contents(keys) },
        {
          ...own,
          // A new engine is not ready for secrets until it has been set up.
          ...(fixtureEngine === undefined ? {} : { dependsOn: fixtureEngine }),
          // What its service has written since stays.
          ...(isInitial ? { ignoreChanges: ["dataJson"] } : {}),
        },
      );
    });
    this.resources = [...engines.map(({ settings }) => settings), ...policies, ...logins, ...fixtures];
    this.registerOutputs();
  }
}

function kubernetesLogins(
  name: string,
  { access, config, found }: VaultConfigurationArgs,
  own: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
  const { mount, host, ca } = config.kubernetesAuth;
  const method = new vault.AuthBackend(
    `${name}-kubernetes`,
    { path: mount, type: "kubernetes" },
    { ...own, ...takenOver(mount, found.auth) },
  );
  // No reviewer's token: without an authority Vault uses those of its own pod, and reads the token anew when it is renewed.
  const reviewer = new vault.kubernetes.AuthBackendConfig(
    `${name}-kubernetes-config`,
    {
      backend: method.path,
      kubernetesHost: host,
      disableLocalCaJwt: ca !== undefined,
      ...(ca === undefined ? {} : { kubernetesCaCert: ca }),
    },
    own,
  );
  const roles = Object.entries(access.roles).map(
    ([roleName, role]) =>
      new vault.kubernetes.AuthBackendRole(
        `${name}-role-${roleName}`,
        {
          backend: method.path,
          roleName,
          boundServiceAccountNames: [...role.serviceAccounts],
          boundServiceAccountNamespaces: [...role.namespaces],
          audience: role.audience,
          tokenPolicies: [...role.policies],
          tokenTtl: role.ttlSeconds,
          tokenMaxTtl: role.ttlSeconds,
          tokenNoDefaultPolicy: true,
        },
        own,
      ),
  );
  return [reviewer, ...roles];
}

/** Something that is mounted cannot be made again. Once it is in the state, the option has no effect. */
function takenOver(id: string, isThere: boolean): pulumi.CustomResourceOptions {
  return { ignoreChanges: ["description"], ...(isThere ? { import: id } : {}) };
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
