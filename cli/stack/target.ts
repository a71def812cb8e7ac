import { createHash } from "node:crypto";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { labStatus, startLab, type Lab } from "../../lab/cluster";
import { requireLabMachine } from "../../lab/cluster/machine";
import { pulumi, type ManagedStack } from "./engine";
import { FixableError } from "../../config/fixableError";
import { settingsIn } from "../../config/settings";
import { clientOf } from "../../kube/client";
import { connectionOf, Unreachable } from "../../kube/kubeconfig";
import { REPOSITORY } from "../../lab/paths";
import { asked } from "../shared/askCluster";
import { ensureLabNode, ensureVaultParts, labVaultNamespace } from "../../lab/extras";
import { ensureLabExternalSecrets } from "../../lab/extras/externalSecrets";
import { isGuarded, requireBackendToMake, requireProof } from "./guarded";
import { openStack } from "./stack";
import { ensureLocalCluster, LOCAL_CLUSTER, LOCAL_CONTEXT, suitable } from "./localCluster";
import { projectDirectory, projectPart } from "./project";
import { defaultHas, findOwnCluster, isOwnPod } from "./ownCluster";
import { readStackFile, stackNeeds, type Overrides } from "./stackFile";
import { areVaultProgramsBuilt, ensureFirstPrograms, ensurePulumi } from "../../lab/toolchain";
import type { Report } from "../../lab/progress";

/** How the user names a cluster and a stack. No cluster, and none in the stack's file that the kubeconfig has: the lab. */
export interface TargetOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  lab?: true | undefined;
  /** Its file may name a cluster, too. */
  stack: string;
}

/** The cluster that a command works on. */
export interface Target {
  kind: "lab" | "own";
  /** Where it is the lab. */
  lab?: Lab;
  /** Where and how it was named, for people. */
  title: string;
  /** As `KUBECONFIG` has it: one file or several. */
  kubeconfig: string;
  /** The one file that was named, where it is neither `KUBECONFIG` nor the default. */
  named?: string;
  context: string;
  server: string;
  config: KubeConfig;
  /** Whether it was made by this program: namespaces there are ours to give, as in the lab. */
  isMade?: true;
  /** Where its stacks keep what they keep. */
  directory: string;
  overrides: Overrides;
}

/**
 * The cluster of one's own that is named; else the lab where it runs; else one of kind's where
 * Docker answers; else the lab, started.
 */
export async function startTarget(report: Report, options: TargetOptions): Promise<Target> {
  const own = (await ownTarget(options)) ?? (await localTarget(report, options));
  if (own) return own;
  await requireLabMachine();
  // Before the lab starts: a compiler takes both processors from whatever else is to answer in
  // time.
  await ensureFirstPrograms(report);
  return labTarget(await startLab(report));
}

/**
 * The same, but for a lab that must be running already.
 *
 * @throws FixableError when it is not
 */
export async function runningTarget(options: TargetOptions): Promise<Target> {
  const own = await ownTarget(options);
  if (own) return own;
  const lab = await labStatus();
  if (lab === undefined && !options.lab && defaultHas(LOCAL_CONTEXT)) return (await ownTarget({ ...options, context: LOCAL_CONTEXT }))!;
  if (lab === undefined)
    throw new FixableError(
      "no cluster is named, and the lab (the throw-away cluster of this machine) does not run",
      "name a cluster of your own with --context, --kubeconfig or KUBECONFIG, or start the lab with `cnpg-credentials up`",
    );
  return labTarget(lab);
}

/** A cluster of kind's, where nobody has named one and Docker answers. It says so first. */
async function localTarget(report: Report, options: TargetOptions): Promise<Target | undefined> {
  if (options.lab || (await labStatus()) !== undefined || (await suitable()) !== "kind") return undefined;
  report.note(
    `No cluster is named, and Docker answers: stack ${options.stack} comes up in a cluster of kind's called ${LOCAL_CLUSTER}. \`--lab\` takes the lab instead; \`cnpg-credentials down\` removes either.`,
  );
  const { vault } = await stackNeeds(options.stack);
  const { context } = await ensureLocalCluster(report, "kind", LOCAL_CLUSTER, { externalSecrets: vault });
  return { ...(await ownTarget({ ...options, context }))!, isMade: true };
}

/** The same, once it has answered: nothing is fetched and nothing made for one that does not. */
export async function answeringTarget(options: TargetOptions): Promise<Target> {
  const target = await runningTarget(options);
  await requireAnswer(target);
  return target;
}

/** @throws FixableError when the cluster does not answer or refuses the credentials */
export async function requireAnswer({ config }: Target): Promise<void> {
  await asked(async () => {
    const connection = await connectionOf(config);
    const { status } = await clientOf(connection)("GET", "/version");
    if (status === 401) throw new Unreachable(`${connection.server} does not accept the kubeconfig's credentials`);
  });
}

/** Brings up what the stack needs to be there before it, where that is ours to give: in the lab, External Secrets. */
export async function prepareTarget(report: Report, target: Target, name: string): Promise<void> {
  if (target.lab && (await stackNeeds(name)).vault) await ensureLabExternalSecrets(report, target.lab);
}

/**
 * The stack without Vault, where it can be brought up so first, while what the lab needs for Vault is
 * still to be compiled: nothing of the stack is there yet. One that is up would lose its Vault.
 */
export async function stackBeforeVault(report: Report, target: Target, name: string): Promise<ManagedStack | undefined> {
  const { vault, plugins } = await stackNeeds(name);
  if (!target.lab || !vault || (await areVaultProgramsBuilt(plugins))) return undefined;
  const stack = await openTargetStack(report, target, name, { withoutVault: true });
  const { deployment } = JSON.parse(await pulumi(stack, "stack", "export", "--stack", name)) as { deployment?: { resources?: unknown[] } };
  return (deployment?.resources ?? []).length === 0 ? stack : undefined;
}

/** The stack on the target, with the pulumi that this machine has or can have. */
export async function openTargetStack(
  report: Report,
  target: Target,
  name: string,
  { withoutVault }: { withoutVault?: true } = {},
): Promise<ManagedStack> {
  const needs = await stackNeeds(name);
  const { namespace, namespaces, vaultNamespace, vault, gates, plugins } = withoutVault
    ? { namespace: needs.namespace, namespaces: needs.namespaces, vaultNamespace: undefined, vault: false, gates: false, plugins: [] }
    : needs;
  if (target.kind === "own" && !target.isMade) await requireBackendToMake(name, target.directory, process.env);
  const tools = await ensurePulumi(report, plugins);
  if (target.isMade) for (const one of [namespace, vaultNamespace]) if (one !== undefined) await ensureNamespace(target.config, one);
  if (target.lab) {
    for (const one of [namespace, ...namespaces]) await ensureNamespace(target.config, one);
    if (vaultNamespace !== undefined) await ensureNamespace(target.config, labVaultNamespace(name, vaultNamespace));
  }
  const images = target.lab ? await labImages(report, target.lab, { vault, gates }) : {};
  const overrides = { ...target.overrides, ...images, ...(withoutVault && { withoutVault }) };
  const stack = await openStack(name, target.directory, { ...process.env, ...tools, KUBECONFIG: target.kubeconfig }, overrides);
  // In the lab, images and Vault are not those of the stack's file.
  return target.kind === "own" && (await isGuarded(name)) ? { ...stack, policyPack: path.join(REPOSITORY, "policy") } : stack;
}

/** The images that a stack of the lab needs beside Postgres. */
async function labImages(report: Report, lab: Lab, { vault, gates }: { vault: boolean; gates: boolean }): Promise<Partial<Overrides>> {
  if (!vault && !gates) return {};
  const nodeImage = await ensureLabNode(report, lab);
  return { ...(gates && { nodeImage }), ...(vault && { vault: await ensureVaultParts(report, lab, nodeImage) }) };
}

function labTarget(lab: Lab): Target {
  const config = new KubeConfig();
  config.loadFromFile(lab.kubeconfig);
  return {
    kind: "lab",
    lab,
    title: `the lab (${lab.dir})`,
    kubeconfig: lab.kubeconfig,
    named: lab.kubeconfig,
    context: lab.context,
    server: config.getCurrentCluster()?.server ?? "",
    config,
    directory: path.join(lab.dir, "stacks", ...projectPart()),
    // No registry is within the lab's reach, and nothing of Prometheus' is there.
    overrides: { context: lab.context, image: lab.postgresImage, isBare: true },
  };
}

/** A target as the command line names it, for the commands that are printed. */
export function namedTarget({ kubeconfig, context, lab }: Omit<TargetOptions, "stack">): {
  kubeconfig?: string;
  context?: string;
  lab?: true;
} {
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(lab === undefined ? {} : { lab }),
  };
}

/** A target as the small client takes it. Several files in `KUBECONFIG` are read where it is. */
export function clientTarget({ named, context }: Target): { kubeconfig?: string; context: string } {
  return { ...(named === undefined ? {} : { kubeconfig: named }), context };
}

/** What is said before anything is written: which stack, where. */
export function placeOf(stack: string, { kind, context, server }: Pick<Target, "kind" | "context" | "server">): string {
  return `stack ${stack} in ${kind === "lab" ? "the lab" : `context ${context}`} at ${server}`;
}

async function ownTarget({ kubeconfig, context, lab, stack }: TargetOptions): Promise<Target | undefined> {
  if (lab) {
    if (kubeconfig === undefined && context === undefined) return undefined;
    throw new FixableError("--lab names the lab, and --context and --kubeconfig a cluster of your own", "give one of them");
  }
  const file = await clusterInFile(stack);
  const isNamed = kubeconfig !== undefined || context !== undefined || Boolean(process.env.KUBECONFIG);
  const isThere = file.context !== undefined && (defaultHas(file.context) || isOwnPod(file.context));
  if (!isNamed && file.kubeconfig === undefined && !isThere) return undefined;
  const own = await findOwnCluster({ kubeconfig, context, file });
  await requireProof(stack, own.config.getCurrentCluster(), own.by);
  return {
    kind: "own",
    title: `${own.server} (context ${own.context}, from ${own.by})`,
    kubeconfig: own.kubeconfig,
    ...(own.named === undefined ? {} : { named: own.named }),
    context: own.context,
    server: own.server,
    config: own.config,
    directory: path.join(dataDirectory(), createHash("sha256").update(own.server).digest("hex").slice(0, 12), ...projectPart()),
    overrides: { context: own.context },
  };
}

/** How a stack's file names its cluster. A kubeconfig that is encrypted, only the engine can read. */
async function clusterInFile(stack: string): Promise<{ name: string; kubeconfig?: string; context?: string }> {
  const { config } = await readStackFile(stack);
  const { kubeconfig, context } = settingsIn(config ?? {});
  return {
    name: `Pulumi.${stack}.yaml`,
    ...(typeof kubeconfig === "string" && /^[^\n]+$/.test(kubeconfig) ? { kubeconfig: path.resolve(projectDirectory(), kubeconfig) } : {}),
    ...(typeof context === "string" && context !== "" ? { context } : {}),
  };
}

/** For what must outlive a cache: the state, and with it the passwords, of stacks on the user's own clusters. */
export function dataDirectory(): string {
  const base = process.env.XDG_DATA_HOME;
  return path.join(base && path.isAbsolute(base) ? base : path.join(os.homedir(), ".local", "share"), "cnpg-credentials");
}

/** In the lab we are the platform team that gives out namespaces; elsewhere a missing one is an error of the stack. */
async function ensureNamespace(config: KubeConfig, name: string): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const labels = { "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted" };
  await core.createNamespace({ body: { metadata: { name, labels } } }).catch((error: { code?: number }) => {
    if (error.code !== 409) throw error;
  });
}
