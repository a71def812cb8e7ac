import { createHash } from "node:crypto";
import * as os from "node:os";
import * as path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { labStatus, startLab, type Lab } from "../../lab/cluster";
import { requireLabMachine } from "../../lab/cluster/machine";
import { pulumi, type ManagedStack } from "./engine";
import { FixableError } from "../../config/fixableError";
import { ensureLabNode, ensureVaultParts, labVaultNamespace } from "../../lab/extras";
import { ensureLabExternalSecrets } from "../../lab/extras/externalSecrets";
import { openStack } from "./stack";
import { stackNeeds, type Overrides } from "./stackFile";
import { areVaultProgramsBuilt, ensureFirstPrograms, ensurePulumi } from "../../lab/toolchain";
import type { Report } from "../../lab/progress";

/** How the user names a cluster of their own. Neither: the lab. */
export interface TargetOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

/** The cluster that a command works on. */
export interface Target {
  kind: "lab" | "own";
  /** Where it is the lab. */
  lab?: Lab;
  /** Where and how it was named, for people. */
  title: string;
  kubeconfig: string;
  context: string;
  config: KubeConfig;
  /** Where its stacks keep what they keep. */
  directory: string;
  overrides: Overrides;
}

/** The cluster that `--kubeconfig` or `KUBECONFIG` names, else the lab, started if it does not run. */
export async function startTarget(report: Report, options: TargetOptions): Promise<Target> {
  const own = ownTarget(options);
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
  const own = ownTarget(options);
  if (own) return own;
  const lab = await labStatus();
  if (lab === undefined)
    throw new FixableError("the lab does not run", "`npm run up` starts it; `KUBECONFIG=...` names a cluster of your own");
  return labTarget(lab);
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
  const { namespace, vaultNamespace, vault, gates, plugins } = withoutVault
    ? { namespace: needs.namespace, vaultNamespace: undefined, vault: false, gates: false, plugins: [] }
    : needs;
  const tools = await ensurePulumi(report, plugins);
  if (target.lab) {
    await ensureNamespace(target.config, namespace);
    if (vaultNamespace !== undefined) await ensureNamespace(target.config, labVaultNamespace(name, vaultNamespace));
  }
  const images = target.lab ? await labImages(report, target.lab, { vault, gates }) : {};
  const overrides = { ...target.overrides, ...images, ...(withoutVault && { withoutVault }) };
  return openStack(name, target.directory, { ...process.env, ...tools, KUBECONFIG: target.kubeconfig }, overrides);
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
    context: lab.context,
    config,
    directory: path.join(lab.dir, "stacks"),
    // No registry is within the lab's reach.
    overrides: { context: lab.context, image: lab.postgresImage },
  };
}

/** A target as the command line names it, for the commands that are printed. */
export function namedTarget({ kubeconfig, context }: TargetOptions): { kubeconfig?: string; context?: string } {
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}

/** A target as the small client takes it. Several files in `KUBECONFIG` are read where it is. */
export function clientTarget({ kubeconfig }: TargetOptions, target: Target): { kubeconfig?: string; context: string } {
  const file = kubeconfig ?? (target.kind === "lab" ? target.kubeconfig : undefined);
  return { ...(file === undefined ? {} : { kubeconfig: file }), context: target.context };
}

function ownTarget(options: TargetOptions): Target | undefined {
  const kubeconfig = options.kubeconfig ?? process.env.KUBECONFIG;
  if (!kubeconfig) return undefined;
  const named = options.kubeconfig === undefined ? "KUBECONFIG" : "--kubeconfig";
  const config = new KubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch {
    // The parser's message may quote the kubeconfig.
    throw new FixableError(
      `${named}: ${kubeconfig} can be neither found nor read as a kubeconfig`,
      `correct it, or unset it to use the lab`,
    );
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const context = config.getCurrentContext();
  const server = config.getCurrentCluster()?.server;
  if (!server)
    throw new FixableError(
      `${named}: ${kubeconfig} has no ${context ? `context ${context}` : "current context"}`,
      "name one with --context",
    );
  return {
    kind: "own",
    title: `${server} (context ${context}, from ${named})`,
    kubeconfig,
    context,
    config,
    directory: path.join(dataDirectory(), createHash("sha256").update(server).digest("hex").slice(0, 12)),
    overrides: { context },
  };
}

/** For what must outlive a cache: the state, and with it the passwords, of stacks on the user's own clusters. */
function dataDirectory(): string {
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
