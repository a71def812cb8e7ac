// The facts for the checks: this machine, the stack's file, the cluster. Reads only.
import { execa } from "execa";
import { stringify } from "yaml";
import { problemsBeside, select, type Selected } from "../../catalog/select";
import type { Choices } from "../../config/choices";
import { loadStackFile, parseStackFile, type Loaded } from "../../config/file";
import type { Problem } from "../../config/problem";
import { connect, type Ask } from "../../kube/client";
import { connect as connectTo } from "../../kube/http";
import { apiPath, EXTERNAL_SECRETS } from "../../kube/kinds/groups";
import { unlessForbidden, type Known } from "../../kube/live";
import { pulumiVersions, serves, versionOnPath } from "../../lab/toolchain/pulumi";
import { gather } from "../../preflight/gather";
import { proofPodOf } from "../../preflight/proofPod";
import { preflightRequest } from "../../preflight/request";
import { override, readStackFile, stackFile } from "../stack/stackFile";
import { clientTarget, type Target } from "../stack/target";
import type { Asked, MachineFacts, NamespaceFacts, OwnFacts, Reach } from "./checks";

/** A program that does not answer does not keep the others waiting. */
const TOOL_MS = 10_000;
const VAULT_MS = 5_000;

export async function askMachine(): Promise<MachineFacts> {
  const [pinned, onPath, kubectl, helm, docker] = await Promise.all([
    pulumiVersions().then(({ engine }) => engine),
    versionOnPath(),
    said("kubectl", "version", "--client", "-o", "json").then((text) => versionIn(text, /"gitVersion": "v?([^"]+)"/)),
    said("helm", "version", "--short").then((text) => versionIn(text, /v?(\S+)/)),
    said("docker", "version", "--format", "{{.Server.Version}}"),
  ]);
  return {
    platform: process.platform,
    node: process.versions.node,
    pulumi: { pinned, serves: onPath !== undefined && serves(onPath, pinned), ...(onPath === undefined ? {} : { onPath }) },
    ...(kubectl === undefined ? {} : { kubectl }),
    ...(helm === undefined ? {} : { helm }),
    ...(docker === undefined ? {} : { docker }),
  };
}

/** A program's word of itself; nothing where it is not there or fails. */
async function said(...[program, ...args]: [string, ...string[]]): Promise<string | undefined> {
  const { exitCode, stdout } = await execa(program, args, { reject: false, timeout: TOOL_MS, stdin: "ignore" });
  return exitCode === 0 && stdout !== "" ? stdout.trim() : undefined;
}

const versionIn = (text: string | undefined, where: RegExp) => (text === undefined ? undefined : (where.exec(text)?.[1] ?? text));

/** The stack as its cluster would get it, and every problem with that. */
export interface LoadedStack {
  readonly problems: readonly Problem[];
  readonly stack?: Choices;
  readonly selected?: Selected;
}

/** @param target where its images and operators are other than the file's, as in the lab */
export async function loadStack(name: string, target: Target | undefined): Promise<LoadedStack> {
  const loaded: Loaded =
    target?.kind === "lab"
      ? parseStackFile(stringify({ config: override(name, await readStackFile(name), target.overrides) }), name)
      : await loadStackFile(stackFile(name), name);
  if ("problems" in loaded) {
    const beside = loaded.rest === undefined ? [] : await problemsBeside(loaded.rest, loaded.problems);
    return { problems: [...loaded.problems, ...beside], ...(loaded.rest === undefined ? {} : { stack: loaded.rest }) };
  }
  const selected = await select(loaded.stack);
  if ("problems" in selected) return { problems: selected.problems, stack: loaded.stack };
  return { problems: [], stack: loaded.stack, selected };
}

/** @throws Unreachable */
export async function askCluster(
  { stack, selected }: Required<Pick<LoadedStack, "stack" | "selected">>,
  target: Target,
  reach: Reach,
): Promise<Asked> {
  const { kubeconfig: _, ...request } = preflightRequest(stack, selected.services, undefined, selected);
  const proofPod = selected.services.length === 0 ? undefined : proofPodOf(stack);
  const there = { ...request, ...clientTarget(target), ...(proofPod === undefined ? {} : { proofPod }) };
  const { ask } = await connect(there);
  const [facts, own] = await Promise.all([gather(there), askOwn(ask, stack, selected)]);
  return { stack, request: there, facts, own, reach };
}

async function askOwn(ask: Ask, stack: Choices, { services, fetched, gates }: Selected): Promise<OwnFacts> {
  const { vault, cluster, rotation } = stack;
  const places = new Set([
    stack.namespace,
    ...(vault?.server.kind === "deployed" ? [vault.server.namespace] : []),
    ...(fetched?.plans ?? []).map(({ namespace }) => namespace),
    ...services.flatMap((one) => one.namespaces ?? []),
  ]);
  const images = new Set(
    [
      cluster.image,
      rotation.proof.image,
      vault?.server.kind === "deployed" ? vault.server.image : undefined,
      ...gates.map(({ image }) => image),
    ].filter((one) => one !== undefined),
  );
  const [version, user, namespaces, kinds, releases, nodes, answer] = await Promise.all([
    ask("GET", "/version"),
    ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    }),
    Promise.all([...places].map(async (name) => [name, await askNamespace(ask, name)] as const)),
    vault === undefined ? undefined : ask("GET", apiPath(EXTERNAL_SECRETS)),
    vault === undefined ? undefined : ask("GET", "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fname%3Dexternal-secrets"),
    ask("GET", "/api/v1/nodes"),
    vault === undefined ? undefined : askVault(vault),
  ]);
  const { gitVersion } = version.body as { gitVersion?: string };
  const userInfo = (user.body as { status?: { userInfo?: { username?: string } } }).status?.userInfo;
  return {
    version: gitVersion ?? "of some version",
    ...(userInfo?.username === undefined ? {} : { user: userInfo.username }),
    namespaces: Object.fromEntries(namespaces),
    externalSecrets: kinds?.status === 200,
    externalSecretsReleases: releases === undefined ? [] : unlessForbidden(releases, () => releasesIn(releases.body as Deployments)),
    images: Object.fromEntries([...images].map((image) => [image, unlessForbidden(nodes, () => nodesWith(nodes.body as Nodes, image))])),
    ...(answer === undefined ? {} : { vault: answer }),
  };
}

async function askNamespace(ask: Ask, name: string): Promise<NamespaceFacts> {
  const [namespace, quotas] = await Promise.all([
    ask("GET", `/api/v1/namespaces/${name}`),
    ask("GET", `/api/v1/namespaces/${name}/resourcequotas`),
  ]);
  const { metadata, status } = namespace.body as { metadata?: { labels?: Record<string, string> }; status?: { phase?: string } };
  const enforce = metadata?.labels?.["pod-security.kubernetes.io/enforce"];
  // One that is on its way out takes nothing in any more.
  const exists = unlessForbidden(namespace, () => namespace.status === 200 && status?.phase !== "Terminating");
  return { exists, quotas: quotas.status === 200 ? quotasIn(quotas.body as Quotas) : [], ...(enforce === undefined ? {} : { enforce }) };
}

interface Quotas {
  readonly items?: readonly { readonly status?: { readonly hard?: Record<string, string>; readonly used?: Record<string, string> } }[];
}

function quotasIn(body: Quotas): string[] {
  return (body.items ?? []).flatMap(({ status: { hard = {}, used = {} } = {} }) =>
    Object.entries(hard).map(([resource, most]) => `${resource} ${used[resource] ?? "0"} of ${most}`),
  );
}

interface Deployments {
  readonly items?: readonly {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly image?: string }[] } } };
  }[];
}

function releasesIn(body: Deployments): string[] {
  const images = (body.items ?? []).map(({ spec }) => spec.template.spec.containers[0]?.image ?? "");
  return [...new Set(images.map((image) => /:v?([^:@/]+)(@|$)/.exec(image)?.[1] ?? "of some release"))];
}

interface Nodes {
  readonly items?: readonly { readonly status?: { readonly images?: readonly { readonly names?: readonly string[] }[] } }[];
}

/**
 * As kubelet names what it has: by tag and by digest. It lists the largest fifty alone, unless told
 * otherwise.
 */
function nodesWith(body: Nodes, image: string): Exclude<Known<{ on: number; of: number }>, "unknown"> {
  const nodes = body.items ?? [];
  const names = [image, `docker.io/${image}`, `docker.io/library/${image}`];
  const on = nodes.filter(({ status }) => status?.images?.some((one) => one.names?.some((name) => names.includes(name))));
  return { on: on.length, of: nodes.length };
}

/** Asks a Vault that is somebody else's. Without a token, and nothing is sent but the question. */
async function askVault({ server }: NonNullable<Choices["vault"]>): Promise<OwnFacts["vault"]> {
  if (server.kind !== "existing") return undefined;
  const { address, ca } = server;
  try {
    // https://developer.hashicorp.com/vault/api-docs/system/health
    const { status } = await connectTo({ address, ca })("GET", "/v1/sys/health?standbyok=true", undefined, VAULT_MS);
    const wrong = { 501: "is not initialised", 503: "is sealed" }[status];
    return { address, answer: wrong ?? `answers (${status})`, works: wrong === undefined };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { address, answer: `does not answer from here (${code ?? message})`, works: false };
  }
}
