import * as fs from "node:fs";
import type * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import type { Cluster, Context, KubeConfig as ClientConfig, User } from "@kubernetes/client-node";
import { newClusters, newContexts, newUsers } from "@kubernetes/client-node/dist/config_types.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import { load } from "js-yaml";

/** The cluster cannot be asked: no such context, no answer, not let in. `message` says which and where. */
export class Unreachable extends Error {}

/** An API server, and what to ask it with. */
export interface Connection {
  server: string;
  options: https.RequestOptions;
}

/** What kubeconfigs have, several of them put together. */
export interface KubeConfig {
  clusters: Cluster[];
  contexts: Context[];
  users: User[];
  currentContext: string;
}

/**
 * The API server of a context. Of the Kubernetes client only the parts that this needs are loaded: the whole of it, most of it the kinds of
 * Kubernetes, costs every preview 0.4 s of CPU and 70 MB.
 *
 * @param kubeconfig path or contents; absent: `KUBECONFIG`, then `~/.kube/config`
 * @param context absent: the kubeconfig's current one
 * @throws Unreachable
 */
export async function connection({ kubeconfig, context }: { kubeconfig?: string; context?: string }): Promise<Connection> {
  const config = readKubeconfig(kubeconfig);
  const chosen = choose(config, context);
  const cluster = config.clusters.find((one) => one.name === chosen?.cluster);
  const user = config.users.find((one) => one.name === chosen?.user);
  if (cluster === undefined) throw new Unreachable("the kubeconfig's context names no cluster");
  try {
    const isPlain = !(cluster.proxyUrl || user?.authProvider || user?.username || user?.impersonateUser);
    const options = isPlain ? await credentials(cluster, user) : await clientCredentials({ ...config, currentContext: chosen!.name });
    return { server: cluster.server, options };
  } catch (error) {
    throw new Unreachable(`the kubeconfig cannot be used (${(error as Error).message})`);
  }
}

/**
 * Why nobody proves the API server of a context: whoever answers in its place is given the account's
 * token, and every Secret that is written. Absent where it is proven, or not known which one it is.
 */
export function unproven({ kubeconfig, context }: { kubeconfig?: string; context?: string }): string | undefined {
  const config = readKubeconfig(kubeconfig);
  const chosen = choose(config, context);
  return whyUnproven(config.clusters.find((one) => one.name === chosen?.cluster));
}

/** The same of a cluster that a kubeconfig has. */
export function whyUnproven(cluster: Pick<Cluster, "server" | "skipTLSVerify"> | null | undefined): string | undefined {
  if (cluster?.skipTLSVerify) return "`insecure-skip-tls-verify` takes whoever answers for the API server";
  if (cluster?.server && !/^https:/i.test(cluster.server)) return "its `server` is spoken to without TLS";
  return undefined;
}

/** What to do about that. */
export const PROVE_SERVER =
  "give the kubeconfig's cluster its `certificate-authority-data` and an address with `https://`, or say `environment: dev`";

/** The API server that the whole client would ask, for commands that have that one already. */
export async function connectionOf(config: ClientConfig): Promise<Connection> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return { server: config.getCurrentCluster()?.server ?? "", options };
}

/**
 * The whole of the Kubernetes client, which commands have the time to load, for a context.
 *
 * @throws Unreachable
 */
export async function clientConfig({ kubeconfig, context }: { kubeconfig?: string; context?: string }): Promise<ClientConfig> {
  const config = readKubeconfig(kubeconfig);
  const chosen = choose(config, context);
  return await wholeClient({ ...config, currentContext: chosen?.name ?? "" });
}

/** The context of that name, or the current one where none is named. */
function choose(config: KubeConfig, context: string | undefined): Context | undefined {
  const name = context ?? config.currentContext;
  const chosen = config.contexts.find((one) => one.name === name);
  if (chosen === undefined && context !== undefined) {
    const known = config.contexts.map((one) => `\`${one.name}\``).join(", ");
    throw new Unreachable(`the kubeconfig has no context \`${context}\` (it has ${known || "none"})`);
  }
  return chosen;
}

/**
 * What a kubeconfig has, by kubectl's rules.
 *
 * @param kubeconfig path or contents; absent: `KUBECONFIG`, then `~/.kube/config`
 * @throws Unreachable when it can be neither found nor read
 */
export function readKubeconfig(kubeconfig: string | undefined): KubeConfig {
  try {
    if (kubeconfig !== undefined && !fs.existsSync(kubeconfig)) return read(kubeconfig);
    const all = kubeconfigFiles(kubeconfig).map((file) => read(fs.readFileSync(file, "utf8"), path.dirname(file)));
    // Of two entries of one name the first counts, as for kubectl.
    return {
      clusters: all.flatMap((one) => one.clusters),
      contexts: all.flatMap((one) => one.contexts),
      users: all.flatMap((one) => one.users),
      currentContext: all.find((one) => one.currentContext !== "")?.currentContext ?? "",
    };
  } catch {
    // The parser's message may quote the kubeconfig.
    throw new Unreachable("the kubeconfig can be neither found nor read");
  }
}

/** Files of `KUBECONFIG` that do not exist are passed over, unless none does. */
export function kubeconfigFiles(kubeconfig: string | undefined): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (process.env.KUBECONFIG ?? "").split(path.delimiter).filter((file) => file !== "");
  if (named.length === 0) return [path.join(os.homedir(), ".kube", "config")];
  const existing = named.filter((file) => fs.existsSync(file));
  return existing.length > 0 ? existing : named;
}

/** Paths in a kubeconfig are relative to its directory. */
function read(text: string, directory = ""): KubeConfig {
  const config: unknown = load(text);
  // A path that leads nowhere is valid YAML, too.
  if (typeof config !== "object" || config === null) throw new Error("no kubeconfig");
  const { clusters, contexts, users, "current-context": currentContext } = config as Record<string, unknown>;
  const absolute = (file: string | undefined) => (file ? path.resolve(directory, file) : undefined);
  return {
    clusters: newClusters(clusters).map((one) => ({ ...one, caFile: absolute(one.caFile) })),
    contexts: newContexts(contexts),
    users: newUsers(users).map((one) => ({ ...one, certFile: absolute(one.certFile), keyFile: absolute(one.keyFile) })),
    currentContext: (currentContext as string | undefined) ?? "",
  };
}

/** Certificates, a token, or what a command says: what nearly every kubeconfig has. */
async function credentials(cluster: Cluster, user: User | undefined): Promise<https.RequestOptions> {
  const [ca, cert, key] = [pem(cluster.caFile, cluster.caData), pem(user?.certFile, user?.certData), pem(user?.keyFile, user?.keyData)];
  const options: https.RequestOptions = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    ...(cluster.skipTLSVerify && { rejectUnauthorized: false }),
    headers: user?.token ? { authorization: `Bearer ${user.token}` } : {},
  };
  if (user?.exec) await new ExecAuth().applyAuthentication(user, options);
  return options;
}

/** The rest: a proxy, somebody else's identity, an identity provider. */
async function clientCredentials(config: KubeConfig): Promise<https.RequestOptions> {
  return (await connectionOf(await wholeClient(config))).options;
}

async function wholeClient(config: KubeConfig): Promise<ClientConfig> {
  const client = new (await import("@kubernetes/client-node")).KubeConfig();
  client.loadFromOptions(config);
  return client;
}

function pem(file: string | undefined, data: string | undefined): Buffer | undefined {
  if (file) return fs.readFileSync(file);
  return data ? Buffer.from(data, "base64") : undefined;
}
