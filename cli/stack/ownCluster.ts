import * as fs from "node:fs";
import { devNull } from "node:os";
import * as path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { FixableError } from "../../config/fixableError";
import { didYouMean } from "../../config/similar";
import { readMapping, type Broken } from "../../config/yaml";
import { clientConfig, IN_CLUSTER, inClusterKubeconfig, kubeconfigFiles, readKubeconfig } from "../../kube/kubeconfig";

/** How a cluster of one's own is named, on the command line or in a stack's file. */
export interface Named {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** The stack's file, and what it says. */
  readonly file?: { readonly name: string; readonly kubeconfig?: string | undefined; readonly context?: string | undefined };
}

/** A cluster of one's own. */
export interface OwnCluster {
  readonly config: KubeConfig;
  readonly context: string;
  readonly server: string;
  /** As `KUBECONFIG` has it: one file or several, or none that says anything. */
  readonly kubeconfig: string;
  /** The one file that was named, where it is not `KUBECONFIG` or the default. */
  readonly named?: string;
  /** Who named the kubeconfig. */
  readonly by: string;
}

/**
 * The cluster that is meant: the context of the command line, else the one of the stack's file, and
 * the current one only where neither names one.
 *
 * @throws FixableError when the kubeconfig has no such context, and says which it has
 */
export async function findOwnCluster({ kubeconfig, context, file }: Named, env: NodeJS.ProcessEnv = process.env): Promise<OwnCluster> {
  const named = kubeconfig ?? file?.kubeconfig;
  if (named === undefined && isOwnPod(context ?? file?.context)) {
    const config = await clientConfig({ context: IN_CLUSTER });
    // Without one, kubectl and the others know of the pod's account by themselves.
    return {
      config,
      context: IN_CLUSTER,
      server: config.getCurrentCluster()!.server,
      kubeconfig: devNull,
      by: "the pod's service account",
    };
  }
  const by = kubeconfig !== undefined ? "--kubeconfig" : named !== undefined ? file!.name : env.KUBECONFIG ? "KUBECONFIG" : "the default";
  const files = kubeconfigFiles(named);
  const where = `${by}: ${files.join(path.delimiter)}`;
  const config = read(named, by);
  const wanted = context ?? file?.context;
  const says = context !== undefined ? "--context" : file?.context !== undefined ? file.name : "its `current-context`";
  const name = wanted ?? config.currentContext;
  const names = config.contexts.map((one) => one.name);
  const there = names.length === 0 ? "it has none" : `it has ${names.map((one) => `\`${one}\``).join(", ")}`;
  const choose =
    file?.context !== undefined && context === undefined
      ? `correct \`context\` in ${file.name}, or name another with --context`
      : "name one with --context";
  if (name === "")
    throw new FixableError(`${where} has no current context, and ${file?.name ?? "the stack's file"} names none`, `${choose}: ${there}`);
  const chosen = config.contexts.find((one) => one.name === name);
  if (chosen === undefined)
    throw new FixableError(`${where} has no context \`${name}\`, which ${says} names${didYouMean(name, names)}`, `${choose}: ${there}`);
  const cluster = config.clusters.find((one) => one.name === chosen.cluster);
  if (!cluster?.server)
    throw new FixableError(
      `${where}: the context \`${name}\` names the cluster \`${chosen.cluster}\`, ${cluster ? "which has no `server`" : "and there is none of that name"}`,
      "correct the kubeconfig, or name another context with --context",
    );
  return {
    config: await clientConfig({ ...(named === undefined ? {} : { kubeconfig: named }), context: name }),
    context: name,
    server: cluster.server,
    kubeconfig: files.join(path.delimiter),
    ...(named === undefined ? {} : { named }),
    by,
  };
}

function read(named: string | undefined, by: string): ReturnType<typeof readKubeconfig> {
  const config = readUnless(named);
  const files = kubeconfigFiles(named);
  const where = `${by}: ${files.join(path.delimiter)}`;
  const remedy = "correct it, or leave it out to use the lab";
  if (config === undefined) {
    const wrong = files.flatMap((file) => (whyUnreadable(file) === undefined ? [] : [{ file, why: whyUnreadable(file)! }]));
    const isMissing = wrong.length > 0 && wrong.every(({ why }) => why === MISSING);
    const said = wrong.map(({ file, why }) => `${file} ${why}`).join(", ") || `${files.join(path.delimiter)} is not a kubeconfig`;
    if (isMissing && by === "the default")
      throw new FixableError(
        `there is no kubeconfig: ${said}`,
        "name one with --kubeconfig or KUBECONFIG, or leave the context out to use the lab",
      );
    throw new FixableError(`${by}: ${said}`, isMissing ? "name a file that there is, or leave it out to use the lab" : remedy);
  }
  if (config.contexts.length === 0 && config.clusters.length === 0)
    throw new FixableError(`${where} is not a kubeconfig: it has neither contexts nor clusters`, remedy);
  return config;
}

const MISSING = "is not there";

/**
 * Why a file is not a kubeconfig; `undefined` where it may be one. The parser's message may quote
 * it.
 */
function whyUnreadable(file: string): string | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? MISSING : code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
  }
  if (text.trim() === "") return "is empty";
  const found = readMapping(text, "");
  if (!("broken" in found)) return undefined;
  const [{ line, message }] = found.broken as [Broken];
  return `is not a kubeconfig: line ${line} ${message}`;
}

function readUnless(named: string | undefined): ReturnType<typeof readKubeconfig> | undefined {
  try {
    return readKubeconfig(named);
  } catch {
    return undefined;
  }
}

/** Whether a context is the cluster of the pod that this runs in. */
export function isOwnPod(context: string | undefined): boolean {
  return context === IN_CLUSTER && inClusterKubeconfig() !== undefined;
}

/** Whether the default kubeconfig of this user has a context. */
export function defaultHas(context: string): boolean {
  return readUnless(undefined)?.contexts.some((one) => one.name === context) ?? false;
}
