import type { BootstrapConfiguration, KubernetesAuth, KubernetesRole, KvMount } from "./configuration";
import type { Context } from "./context";
import { FixableError } from "../../config/fixableError";
import { isObject, VaultError, type VaultApi } from "./vaultApi";

const KUBERNETES_PLUGIN = "kubernetes";

/**
 * Audit devices, kv engines, Kubernetes authentication, policies and roles, each of which is read
 * first and written when it is not as configured. What is there besides stays.
 * @throws {FixableError} When something else is mounted where one of them belongs.
 */
export async function configure(context: Context): Promise<void> {
  const { configuration } = context;
  // First, so that all that follows is in it.
  await configureAudit(context, configuration.audit);
  for (const step of accessSteps(context, configuration)) await step();
}

/** What gives others rights in Vault. */
export type Rights = Pick<BootstrapConfiguration, "mounts" | "kubernetes" | "policies">;
type Hands = Pick<Context, "vault" | "changed" | "waiting" | "sleep">;

/** Kv engines, Kubernetes authentication, policies and roles, one after the other. */
export function accessSteps(hands: Hands, { mounts, kubernetes, policies }: Rights): (() => Promise<void>)[] {
  return [
    ...Object.entries(mounts).map(
      ([path, mount]) =>
        () =>
          configureMount(hands, path, mount),
    ),
    () => configureKubernetes(hands, kubernetes),
    ...Object.entries(policies).map(
      ([name, text]) =>
        () =>
          configurePolicy(hands, name, text),
    ),
    ...Object.entries(kubernetes.roles).map(
      ([name, role]) =>
        () =>
          configureRole(hands, `auth/${kubernetes.mount}/role/${name}`, name, role),
    ),
  ];
}

/** @throws {FixableError} When a device of that name writes to somewhere else. */
export async function configureAudit(
  { vault, changed }: Pick<Context, "vault" | "changed">,
  audit: BootstrapConfiguration["audit"],
): Promise<void> {
  const devices = data(await vault.read("sys/audit"));
  for (const [name, { file }] of Object.entries(audit)) {
    const device = devices[`${name}/`];
    if (device === undefined) {
      if (await mountOnce(vault, "sys/audit", name, { type: "file", options: { file_path: file } }))
        changed(`enabled the audit device ${name}`);
    } else if (!isObject(device) || device.type !== "file" || (device.options as { file_path?: unknown }).file_path !== file) {
      throw new FixableError(
        `Vault's audit device ${name} does not write to ${file}`,
        "disable it by hand if it is not wanted any more (`vault audit disable`), or give the configured one another name",
      );
    }
  }
}

async function configureMount({ vault, changed, waiting, sleep }: Hands, path: string, mount: KvMount): Promise<void> {
  const current = data(await vault.read("sys/mounts"))[`${path}/`];
  if (current === undefined) {
    if (await mountOnce(vault, "sys/mounts", path, { type: "kv", description: mount.description, options: { version: "2" } }))
      changed(`enabled the kv engine ${path}`);
  } else if (!isObject(current) || current.type !== "kv" || (current.options as { version?: unknown } | null)?.version !== "2") {
    throw new FixableError(
      `Vault has an engine at ${path}/ that is not kv, version 2`,
      "move it by hand (`vault secrets move`), or configure another path",
    );
  }
  const { checkAndSet = false, versions } = mount;
  const wanted = { cas_required: checkAndSet, ...(versions === undefined ? {} : { max_versions: versions }) };
  for (;;) {
    try {
      if (!differs(data(await vault.read(`${path}/config`)), wanted)) return;
      await vault.write(`${path}/config`, wanted);
      changed(`set check-and-set of ${path} to ${checkAndSet}${versions === undefined ? "" : `, versions to ${versions}`}`);
      return;
    } catch (error) {
      // A new engine is "upgrading" for a moment.
      if (!/[Uu]pgrading/.test((error as Error).message)) throw error;
      waiting(`the kv engine ${path}`);
      await sleep(100);
    }
  }
}

async function configureKubernetes({ vault, changed }: Hands, { mount, host, ca, plugin }: KubernetesAuth): Promise<void> {
  if (plugin) {
    const path = `sys/plugins/catalog/auth/${KUBERNETES_PLUGIN}`;
    if (data(await vault.read(path)).sha256 !== plugin.sha256) {
      await vault.write(path, { command: plugin.command, sha256: plugin.sha256 }, "PUT");
      changed("registered the plugin for Kubernetes authentication");
    }
  }
  const current = data(await vault.read("sys/auth"))[`${mount}/`];
  if (current === undefined) {
    if (await mountOnce(vault, "sys/auth", mount, { type: KUBERNETES_PLUGIN })) changed(`enabled Kubernetes authentication at ${mount}`);
  } else if (!isObject(current) || current.type !== KUBERNETES_PLUGIN) {
    throw new FixableError(
      `Vault has an authentication method at ${mount}/ that is not for Kubernetes`,
      "move it by hand (`vault auth move`), or configure another path",
    );
  }
  // No reviewer's token: without an authority Vault uses those of its own pod, and reads the token
  // anew when it is renewed.
  const wanted = { kubernetes_host: host, kubernetes_ca_cert: ca ?? "", disable_local_ca_jwt: ca !== undefined };
  if (differs(data(await vault.read(`auth/${mount}/config`)), wanted)) {
    await vault.write(`auth/${mount}/config`, wanted);
    changed("configured Kubernetes authentication");
  }
}

export async function configurePolicy({ vault, changed }: Pick<Context, "vault" | "changed">, name: string, policy: string): Promise<void> {
  const current = data(await vault.read(`sys/policies/acl/${name}`)).policy;
  if (current === policy) return;
  await vault.write(`sys/policies/acl/${name}`, { policy }, "PUT");
  changed(`wrote the policy ${name}`);
}

/**
 * What a role may have beside, and Vault keeps of one that somebody has made before: a period, for
 * which its tokens are renewed without an end, and namespaces by their labels, whoever may label
 * one.
 */
const NOTHING_MORE = { token_period: 0, bound_service_account_namespace_selector: "" } as const;

async function configureRole({ vault, changed }: Hands, path: string, name: string, role: KubernetesRole): Promise<void> {
  const wanted = {
    bound_service_account_names: role.serviceAccounts,
    bound_service_account_namespaces: role.namespaces,
    audience: role.audience,
    token_policies: role.policies,
    token_ttl: role.ttlSeconds,
    token_max_ttl: role.ttlSeconds,
    token_no_default_policy: true,
    ...NOTHING_MORE,
  };
  // A Vault that does not know a field does not name it.
  if (!differs({ ...NOTHING_MORE, ...data(await vault.read(path)) }, wanted)) return;
  await vault.write(path, wanted);
  changed(`wrote the role ${name}`);
}

/**
 * Mounts something, unless a run beside this one has done so since it was looked for: says whether
 * this one did.
 */
async function mountOnce(vault: VaultApi, list: "sys/audit" | "sys/auth" | "sys/mounts", name: string, body: object): Promise<boolean> {
  try {
    await vault.write(`${list}/${name}`, body);
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.status === 400 && `${name}/` in data(await vault.read(list))) return false;
    throw error;
  }
}

const data = (body: Record<string, unknown> | undefined): Record<string, unknown> => (isObject(body?.data) ? body.data : {});

/** Whether something that is wanted is otherwise. Lists are sets: Vault sorts some of them. */
function differs(current: Record<string, unknown>, wanted: Readonly<Record<string, unknown>>): boolean {
  const normal = (value: unknown) => (Array.isArray(value) ? JSON.stringify([...(value as string[])].sort()) : value);
  return Object.entries(wanted).some(([key, value]) => normal(current[key]) !== normal(value));
}
