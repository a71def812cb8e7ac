import * as fs from "node:fs";
import type * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import type { Cluster, Context, KubeConfig as ClientConfig, User } from "@kubernetes/client-node";
import { newClusters, newContexts, newUsers } from "@kubernetes/client-node/dist/config_types.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import { load } from "js-yaml";
import { proxyFor } from "./proxy";

/**
 * The cluster cannot be asked: no such context, no answer, not let in. `message` says which and
 * where.
 */
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
 * The API server of a context. Of the Kubernetes client only the parts that this needs are loaded:
 * the whole of it, most of it the kinds of Kubernetes, costs every preview 0.4 s of CPU and 70 MB.
 *
 * @param kubeconfig path or contents; absent: `KUBECONFIG`, then `~/.kube/config`
 * @param context absent: the kubeconfig's current one
 * @throws Unreachable
 */
export async function connection({ kubeconfig, context }: { kubeconfig?: string; context?: string }): Promise<Connection> {
  const config = choose({ kubeconfig, context });
  const chosen = config.contexts.find(({ name }) => name === config.currentContext);
  const cluster = config.clusters.find((one) => one.name === chosen?.cluster);
  const user = config.users.find((one) => one.name === chosen?.user);
  if (cluster === undefined) throw new Unreachable("the kubeconfig's context names no cluster");
  try {
    const isPlain = !(cluster.proxyUrl || (user?.authProvider && !tokenFileOf(user)) || user?.username || user?.impersonateUser);
    return { server: cluster.server, options: isPlain ? await credentials(cluster, user) : await clientCredentials(config) };
  } catch (error) {
    throw new Unreachable(`the kubeconfig cannot be used (${(error as Error).message})`);
  }
}

/**
 * Why nobody proves the API server of a context: the server that answers in its place gets the
 * account's token, and every Secret that is written. Absent where it is proven, or not known which
 * one it is.
 */
export function unproven({ kubeconfig, context }: { kubeconfig?: string; context?: string }): string | undefined {
  const { clusters, contexts, currentContext } = choose({ kubeconfig, context });
  const chosen = contexts.find(({ name }) => name === currentContext);
  return whyUnproven(clusters.find((one) => one.name === chosen?.cluster));
}

/** The same of a cluster that a kubeconfig has. */
export function whyUnproven(cluster: Pick<Cluster, "server" | "skipTLSVerify"> | null | undefined): string | undefined {
  if (cluster?.skipTLSVerify) return "`insecure-skip-tls-verify` accepts any server as the API server";
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
export async function clientConfig(target: { kubeconfig?: string; context?: string }): Promise<ClientConfig> {
  return await wholeClient(choose(target));
}

/**
 * The context of a stack that lives in the cluster of the pod that it is run in: what the pod's own
 * service account may do.
 */
export const IN_CLUSTER = "in-cluster";

/** Where Kubernetes puts a service account's token and the API server's authority. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * What a pod has in a kubeconfig's place, as one: it names files, and has no secret.
 *
 * @returns `undefined` where this is no pod with a service account
 */
export function inClusterKubeconfig(env: NodeJS.ProcessEnv = process.env, directory = SERVICE_ACCOUNT): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const [ca, tokenFile] = ["ca.crt", "token"].map((name) => path.join(directory, name)) as [string, string];
  if (!host || !port || !fs.existsSync(tokenFile)) return undefined;
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: IN_CLUSTER, cluster: { server, "certificate-authority": ca } }],
    users: [{ name: IN_CLUSTER, user: { tokenFile } }],
    contexts: [{ name: IN_CLUSTER, context: { cluster: IN_CLUSTER, user: IN_CLUSTER } }],
    "current-context": IN_CLUSTER,
  });
}

/**
 * The kubeconfig in which that context is: the pod's, where one is asked for that no kubeconfig has
 * to have.
 */
export function kubeconfigOf({
  kubeconfig,
  context,
}: {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}): string | undefined {
  return kubeconfig === undefined && context === IN_CLUSTER ? inClusterKubeconfig() : kubeconfig;
}

/**
 * A kubeconfig whose current context is the one of that name, where one is named.
 *
 * @throws Unreachable when there is none of that name
 */
function choose({ kubeconfig, context }: { kubeconfig?: string | undefined; context?: string | undefined }): KubeConfig {
  const found = kubeconfigOf({ kubeconfig, context });
  const isPod = context === IN_CLUSTER && kubeconfig === undefined;
  const nowhere = `\`${IN_CLUSTER}\` is the service account of the pod that this runs in, and this runs in none`;
  const config = readKubeconfig(found, isPod ? nowhere : undefined);
  const name = context ?? config.currentContext;
  const chosen = config.contexts.find((one) => one.name === name);
  if (chosen === undefined && context !== undefined) {
    const known = config.contexts.map((one) => `\`${one.name}\``).join(", ");
    throw new Unreachable(`the kubeconfig has no context \`${context}\` (it has ${known || "none"})${isPod ? `: ${nowhere}` : ""}`);
  }
  const cluster = config.clusters.find((one) => one.name === chosen?.cluster);
  const users = config.users.map((user) => (user.name === chosen?.user && user.exec ? withInfo(user, cluster) : user));
  return { ...config, users, currentContext: chosen?.name ?? "" };
}

/**
 * What a command that gives credentials is told, as kubectl tells it (`ExecCredential` of
 * client.authentication.k8s.io).
 */
function withInfo(user: User, cluster: Cluster | undefined): User {
  const exec = user.exec as { apiVersion?: string; env?: { name: string; value: string }[] | null; provideClusterInfo?: boolean };
  const about = exec.provideClusterInfo &&
    cluster && {
      cluster: {
        server: cluster.server,
        ...(cluster.tlsServerName && { "tls-server-name": cluster.tlsServerName }),
        ...(cluster.skipTLSVerify && { "insecure-skip-tls-verify": true }),
        ...(cluster.proxyUrl && { "proxy-url": cluster.proxyUrl }),
        ...((cluster.caFile || cluster.caData) && {
          "certificate-authority-data": pem(cluster.caFile, cluster.caData)!.toString("base64"),
        }),
      },
    };
  const info = { apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false, ...about } };
  return { ...user, exec: { ...exec, env: [...(exec.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }] } };
}

/**
 * What a kubeconfig has, by kubectl's rules.
 *
 * @param kubeconfig path or contents; absent: `KUBECONFIG`, then `~/.kube/config`
 * @param otherwise what is said when it can be neither found nor read
 * @throws Unreachable
 */
export function readKubeconfig(kubeconfig: string | undefined, otherwise = "the kubeconfig can be neither found nor read"): KubeConfig {
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
    throw new Unreachable(otherwise);
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
    clusters: newClusters(clusters).map((one) => ({
      ...one,
      caFile: absolute(one.caFile),
      proxyUrl: one.proxyUrl || proxyFor(one.server),
    })),
    contexts: newContexts(contexts),
    users: newUsers(users).map((one) => {
      const { tokenFile, exec } = entryOf(users, one.name);
      return {
        ...one,
        certFile: absolute(one.certFile),
        keyFile: absolute(one.keyFile),
        ...(tokenFile ? { authProvider: { name: "tokenFile", config: { tokenFile: absolute(tokenFile) } } } : {}),
        // A name is looked for on the PATH; a path is the kubeconfig's.
        ...(exec?.command?.includes("/") ? { exec: { ...exec, command: absolute(exec.command) } } : {}),
      };
    }),
    currentContext: (currentContext as string | undefined) ?? "",
  };
}

/** What a kubeconfig says of a user, of which the client's library reads most. */
function entryOf(users: unknown, name: string): { tokenFile?: string; exec?: { command?: string } } {
  const entry = (users as { name?: string; user?: object | null }[]).find((one) => one.name === name);
  return entry?.user ?? {};
}

/**
 * A file with a token that somebody replaces from time to time. The client's library knows it by
 * this name.
 */
function tokenFileOf({ authProvider }: User): string | undefined {
  const { name, config } = (authProvider ?? {}) as { name?: string; config?: { tokenFile?: string } };
  return name === "tokenFile" ? config?.tokenFile : undefined;
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
    headers: bearer(user),
  };
  if (user?.exec) await new ExecAuth().applyAuthentication(user, options);
  return options;
}

/** A token in a file is read for each question. */
function bearer(user: User | undefined): Record<string, string> {
  const file = user && tokenFileOf(user);
  if (file === undefined) return user?.token ? { authorization: `Bearer ${user.token}` } : {};
  const read = () => `Bearer ${fs.readFileSync(file, "utf8").trim()}`;
  // One that is not there is said now.
  read();
  return Object.defineProperty({}, "authorization", { get: read, enumerable: true });
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
