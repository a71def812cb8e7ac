import * as fs from "node:fs/promises";
import * as path from "node:path";
import { readDocument, stacksIn, type StackDocument } from "../../config/file";
import { PROJECT, settingsIn } from "../../config/settings";
import { describeProblems } from "../../config/problem";
import { FixableError } from "../../config/fixableError";
import { didYouMean } from "../../config/similar";
import { DEFAULT_NAMESPACE, withParts, type VaultParts } from "../../lab/extras";
import type { PluginName } from "../../lab/toolchain/pulumi";
import { projectDirectory } from "./project";

/** What the stack's file of the repository cannot know of the cluster at hand. */
export interface Overrides {
  context: string;
  /** Image of Postgres where the cluster cannot pull the stack file's. */
  image?: string;
  /** What Vault is made of there, where the cluster cannot pull the stack file's images. */
  vault?: VaultParts;
  /** Image of Node for gates, likewise. */
  nodeImage?: string;
  /** Leaves out Vault, and what needs it. */
  withoutVault?: true;
  /** Leaves out what takes Prometheus' operator, or a Postgres with pgaudit. */
  isBare?: true;
}

/** Settings of Vault, and of what is fetched from it. */
const OF_VAULT = ["vault", "vaultValues", "bundles", "gates"];

/** What has to be there before a stack. */
export interface StackNeeds {
  readonly namespace: string;
  /** Of applications. */
  readonly namespaces: readonly string[];
  /** Of a Vault of its own. */
  readonly vaultNamespace?: string;
  readonly vault: boolean;
  readonly gates: boolean;
  /** Providers that it uses beside those of every stack, and that the lab can have. */
  readonly plugins: readonly PluginName[];
}

/** What a stack's file of the repository says of that. */
export async function stackNeeds(name: string): Promise<StackNeeds> {
  const config = (await readStackFile(name)).config ?? {};
  const vault = config[`${PROJECT}:vault`] as
    { server?: { kind?: string; namespace?: string }; configuration?: { by?: string } } | undefined;
  const services = (config[`${PROJECT}:services`] ?? {}) as Record<string, { namespaces?: unknown } | null>;
  const named = Object.values(services).flatMap((one) => (Array.isArray(one?.namespaces) ? (one.namespaces as unknown[]) : []));
  return {
    namespace: config[`${PROJECT}:namespace`] as string,
    namespaces: [...new Set(named.filter((one) => typeof one === "string"))],
    ...(vault?.server?.kind === "deployed" ? { vaultNamespace: vault.server.namespace ?? DEFAULT_NAMESPACE } : {}),
    vault: vault !== undefined,
    gates: config[`${PROJECT}:gates`] !== undefined,
    plugins: vault?.configuration?.by === "pulumi" ? ["vault"] : [],
  };
}

/** The file of the project that holds a stack's configuration. */
export function stackFile(name: string): string {
  return path.join(projectDirectory(), `Pulumi.${name}.yaml`);
}

/** The directory with a stack's records, where its file names one. */
export async function catalogOf(name: string): Promise<string | undefined> {
  const text = await fs.readFile(stackFile(name), "utf8").catch(() => "");
  const read = readDocument(text);
  return "broken" in read ? undefined : catalogIn(read.document.config);
}

/** Paths in a stack's file are relative to its directory. */
function catalogIn(config: StackDocument["config"]): string | undefined {
  const { catalog } = settingsIn(config);
  return typeof catalog === "string" ? path.resolve(projectDirectory(), catalog) : undefined;
}

/**
 * What that file says.
 *
 * @throws FixableError when there is none, or it is no YAML
 */
export async function readStackFile(name: string): Promise<StackDocument> {
  const file = stackFile(name);
  const text = await fs.readFile(file, "utf8").catch(async (cause: unknown) => {
    const stacks = await stacksIn(projectDirectory());
    const remedy =
      stacks.length === 0
        ? "go to the directory of your stacks' files, or make one: `cnpg-credentials init --company <name>`"
        : `name a stack that has a file (there are ${stacks.join(", ")}), or write this one: docs/configuration.md`;
    throw new FixableError(`${file} cannot be read${didYouMean(name, stacks)}`, remedy, { cause });
  });
  const read = readDocument(text);
  if ("broken" in read) {
    const problems = read.broken.map(({ line, ...problem }) => ({ path: `${file}:${line}`, ...problem }));
    throw new FixableError(describeProblems(`Configuration of stack ${name}`, problems));
  }
  return read.document;
}

/** The same without what a cluster of nothing but CloudNativePG and Postgres does not have. */
function bare(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { [`${PROJECT}:alerts`]: _alerts, [`${PROJECT}:cluster`]: cluster, ...rest } = config;
  if (typeof cluster !== "object" || cluster === null)
    return { ...rest, ...(cluster === undefined ? {} : { [`${PROJECT}:cluster`]: cluster }) };
  const { monitoring: _monitoring, parameters, ...others } = cluster as Record<string, unknown>;
  const kept = Object.entries(parameters ?? {}).filter(([name]) => !name.startsWith("pgaudit."));
  return { ...rest, [`${PROJECT}:cluster`]: { ...others, ...(parameters === undefined ? {} : { parameters: Object.fromEntries(kept) }) } };
}

/** A stack file's configuration for the cluster at hand. */
export function override(
  name: string,
  { config: settings }: StackDocument,
  { context, image, vault: parts, nodeImage, withoutVault, isBare }: Overrides,
): Record<string, unknown> {
  const config = isBare ? bare(settings ?? {}) : (settings ?? {});
  if (withoutVault) {
    const left = Object.entries(config).filter(([setting]) => !OF_VAULT.some((one) => setting === `${PROJECT}:${one}`));
    return override(name, { config: Object.fromEntries(left) }, { context, ...(image === undefined ? {} : { image }) });
  }
  const { [`${PROJECT}:kubeconfig`]: _kubeconfig, [`${PROJECT}:cluster`]: cluster, [`${PROJECT}:vault`]: vault, ...rest } = config;
  const catalog = catalogIn(config);
  const gates = Object.entries((config[`${PROJECT}:gates`] ?? {}) as Record<string, object>);
  return {
    ...rest,
    ...(nodeImage === undefined || gates.length === 0
      ? {}
      : { [`${PROJECT}:gates`]: Object.fromEntries(gates.map(([name, gate]) => [name, { ...gate, image: nodeImage }])) }),
    ...(vault === undefined
      ? {}
      : { [`${PROJECT}:vault`]: parts === undefined ? vault : withParts(vault as Record<string, unknown>, parts, name) }),
    // The engine reads this elsewhere.
    ...(catalog === undefined ? {} : { [`${PROJECT}:catalog`]: catalog }),
    [`${PROJECT}:context`]: context,
    // That of a Cluster which is somebody else's is somebody else's to say.
    [`${PROJECT}:cluster`]: image === undefined || isExisting(cluster) ? cluster : { ...(cluster as object), image },
  };
}

const isExisting = (cluster: unknown): boolean => typeof cluster === "object" && cluster !== null && "existing" in cluster;
