import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SERVICE_LABEL } from "../../kube/marks";
import type { RoleConfiguration } from "../../kube/kinds/cluster";
import type { ClusterSecretStoreSpec } from "../../kube/kinds/clusterSecretStore";
import type { PushSecretSpec } from "../../kube/kinds/pushSecret";
import { declaredRole, type ObjectRole } from "../../kube/kinds/roleAttributes";
import { mirrorReader } from "../../vault/access";
import { FixableError } from "../../config/fixableError";
import type { ServiceOutput, StackOutputs } from "../../catalog/outputs";
import type { Pulumi } from "../shared/pulumi";
import type { Desired, DesiredObject, DesiredRole, DesiredSecret } from "./types";
import { CNPG, EXTERNAL_SECRETS, pulumiType, PUSH_SECRETS } from "../../kube/kinds/groups";
import { sortBy } from "../shared/sort";
import { requireCurrent } from "../shared/credential";

const exec = promisify(execFile);

/** How the engine marks a secret value in an exported state. */
const SIGNATURE = { key: "4dabf18193072939515e22adb298388d", value: "1b47061264138c4ac30d75fd1eb44270" };

interface Resource {
  type: string;
  /** Whether it is only read: somebody else writes it. */
  external?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}
export interface ExportedState {
  deployment?: { resources?: Resource[]; pending_operations?: unknown[] };
}
interface Manifest {
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  data?: unknown;
}

/**
 * Reads from a stack's state what should be there. The state comes through a pipe and stays in memory; where its secrets cannot be decrypted, everything else is read.
 *
 * @throws FixableError when there is no such stack, or nothing in it
 */
export async function readState(pulumi: Pulumi, stack: string): Promise<Desired> {
  try {
    return parseState(await exportState(pulumi, stack, "--show-secrets"), stack);
  } catch (error) {
    if (error instanceof FixableError) throw error;
    const sealed =
      (error as { stderr?: string }).stderr
        ?.trim()
        .split("\n")[0]!
        .replace(/^error: /, "") ?? "the output of pulumi is not a state";
    const state = await exportState(pulumi, stack).catch((second: { stderr?: string }) => {
      throw new FixableError(
        `the state of stack ${stack} cannot be read: ${second.stderr?.trim() ?? "pulumi cannot be run"}`,
        "see `pulumi stack ls`",
      );
    });
    return { ...parseState(state, stack), sealed };
  }
}

async function exportState({ cwd, env }: Pulumi, stack: string, ...options: string[]): Promise<ExportedState> {
  const args = ["stack", "export", "--stack", stack, "--non-interactive", ...options];
  const { stdout } = await exec("pulumi", args, { cwd, env, maxBuffer: 1 << 30 });
  return JSON.parse(stdout) as ExportedState;
}

/** Where types of resources begin that databases are made of. */
const OWN: ReadonlySet<string> = new Set(["pulumi", "kubernetes", "random", "cnpg-credentials"]);

/** @throws FixableError when the stack has not been brought up */
export function parseState({ deployment = {} }: ExportedState, stack: string): Desired {
  const resources = deployment.resources ?? [];
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  const { cluster, services, clusterIs } = outputs as Partial<StackOutputs>;
  if (!cluster || !services) throw new FixableError(`stack ${stack} has not been brought up`, `\`cnpg-credentials up --stack ${stack}\``);
  requireCurrent(stack, services);
  const [namespace, name] = cluster.split("/") as [string, string];
  const manifests = (type: string) =>
    resources.filter((one) => one.type === type && one.external !== true).map((one) => one.inputs as unknown as Manifest);
  const live = manifests(pulumiType(CNPG, "Cluster")).find(({ metadata }) => metadata.name === name);
  const { managed, postgresql, enableSuperuserAccess } = (live?.spec ?? {}) as {
    managed?: { roles: RoleConfiguration[] };
    postgresql?: { pg_hba?: string[] };
    enableSuperuserAccess?: boolean;
  };
  const secrets = manifests("kubernetes:core/v1:Secret")
    // Vault's own are elsewhere, and no service's.
    .filter(({ metadata }) => (metadata.labels?.[SERVICE_LABEL] ?? "") in services)
    .map((manifest) => desiredSecret(manifest, services, namespace));
  const serviceOf = (role: RoleConfiguration) =>
    secrets.find((secret) => secret.name === role.passwordSecret?.name)?.service ??
    // A migrator's role is a member of the owner's, and no login of the owner's service.
    Object.keys(services).find((service) => services[service]!.role === role.name) ??
    Object.keys(services).find((service) => role.inRoles?.includes(services[service]!.role)) ??
    null;
  const inline = (managed?.roles ?? []).map((spec): DesiredRole => ({ service: serviceOf(spec), spec }));
  const objects = manifests(pulumiType(CNPG, "DatabaseRole")).map(({ metadata, spec }): DesiredRole => {
    const role = declaredRole(spec as unknown as ObjectRole);
    return { service: metadata.labels?.[SERVICE_LABEL] ?? null, object: metadata.name, spec: role };
  });
  return {
    namespace,
    cluster: name,
    ...(clusterIs === undefined ? {} : { clusterIs }),
    services,
    ...(live === undefined ? {} : { spec: reveal(live.spec) as Record<string, unknown> }),
    clusterSpec: { pgHba: postgresql?.pg_hba ?? [], superuserAccess: enableSuperuserAccess ?? false },
    secrets,
    roles: [...inline, ...objects],
    databases: manifests(pulumiType(CNPG, "Database")).map(({ metadata, spec }): DesiredObject => ({
      name: metadata.name,
      service: metadata.labels?.[SERVICE_LABEL] ?? metadata.name,
      spec,
    })),
    ...desiredVault(manifests(pulumiType(EXTERNAL_SECRETS, "ClusterSecretStore")), manifests(pulumiType(PUSH_SECRETS, "PushSecret"))),
    others: [...new Set(resources.map(({ type }) => type.split(":")[0]!))].filter((provider) => !OWN.has(provider)).sort(),
    pending: deployment.pending_operations?.length ?? 0,
  };
}

/** Vault as the stores reach it: there is one. The mirror's is that which something is pushed to. */
function desiredVault(stores: readonly Manifest[], pushes: readonly Manifest[]): Pick<Desired, "vault" | "mirror"> {
  const providers = new Map(
    stores.map(({ metadata, spec }) => [metadata.name, (spec as unknown as ClusterSecretStoreSpec).provider.vault]),
  );
  const [any] = providers.values();
  if (any === undefined) return {};
  const { server, caBundle, caProvider } = reveal({ server: any.server, caBundle: any.caBundle, caProvider: any.caProvider }) as Reached;
  const vault = {
    address: server,
    ...(caBundle === undefined ? {} : { ca: Buffer.from(caBundle, "base64").toString("utf8") }),
    ...(caProvider === undefined ? {} : { caSecret: { name: caProvider.name, namespace: caProvider.namespace } }),
  };
  const specOf = ({ spec }: Manifest) => spec as unknown as PushSecretSpec;
  const store = pushes[0] && providers.get(specOf(pushes[0]).secretStoreRefs[0]!.name as string);
  if (store === undefined) return { vault };
  const { role, mountPath, serviceAccountRef } = store.auth.kubernetes;
  // The state has them as they happened to be made.
  const copies = pushes.map((push) => ({
    name: push.metadata.name,
    service: push.metadata.labels?.[SERVICE_LABEL] ?? "",
    key: specOf(push).data[0]!.match.remoteRef.remoteKey,
    spec: push.spec,
  }));
  const namespace = serviceAccountRef.namespace as string;
  return {
    vault,
    mirror: {
      store: role,
      mount: store.path,
      authMount: mountPath,
      reader: mirrorReader(role),
      namespace,
      copies: sortBy(copies, ({ name }) => name),
    },
  };
}

interface Reached {
  server: string;
  caBundle?: string;
  caProvider?: { name: string; namespace: string };
}

/** @param own The stack's namespace. */
function desiredSecret({ metadata, data }: Manifest, services: Readonly<Record<string, ServiceOutput>>, own: string): DesiredSecret {
  const { namespace = own } = metadata;
  const service = metadata.labels?.[SERVICE_LABEL] ?? "";
  const plain = reveal(data) as Record<string, string> | undefined;
  const isWhole = plain !== undefined && Object.values(plain).every((value) => value !== undefined);
  return {
    name: metadata.name,
    ...(namespace === own ? {} : { namespace }),
    service,
    kind: services[service]?.secret === metadata.name ? "application" : "role",
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...(isWhole ? { data: plain } : {}),
  };
}

/** A value with its secrets decrypted; `undefined` in the place of one that is not. */
function reveal(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reveal);
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE.key] === SIGNATURE.value)
    return typeof fields.plaintext === "string" ? reveal(JSON.parse(fields.plaintext)) : undefined;
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, reveal(field)]));
}
