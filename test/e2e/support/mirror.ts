import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { sleep } from "./clock";
import { isDeepStrictEqual } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { execa } from "execa";
import { resolveNames } from "../../../catalog/names";
import { KEYS_SECRET, PORT } from "../../../components/vault/names";
import { openTunnel } from "../../../cli/tunnel";
import { ensureVault } from "../../../lab/toolchain";
import { connect, type Ask } from "../../../vault/bootstrap/http";
import { ROOT, transcripts } from "./commands";
import { runBootstrap, secretData, VAULT, VAULT_NAMESPACE } from "./vault";
import { configure, kubectl, NAMESPACE, quiet, recordsOn, STACK, stack, target, withTunnel, type Configuration } from "./lab";

const HOST = `${VAULT}.${VAULT_NAMESPACE}.svc`;

/** The lab's Vault as whoever may do everything, for what tests do behind everybody's back. */
export interface OpenVault {
  readonly root: Ask;
  ask(token?: string): Ask;
  /** For Vault's own command, as root. */
  readonly environment: NodeJS.ProcessEnv;
  /** To be opened anew after the pod's end. */
  close(): Promise<void>;
}

export async function openVault(): Promise<OpenVault> {
  const { config } = await target();
  const { "ca.crt": ca = "" } = await secretData("vault-tls");
  const { "root-token": token = "" } = await secretData(KEYS_SECRET);
  const tunnel = await openTunnel(config, VAULT_NAMESPACE, `${VAULT}-0`, PORT);
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "mirror-"));
  const file = path.join(directory, "ca.crt");
  await fs.writeFile(file, ca);
  const address = `https://127.0.0.1:${tunnel.port}`;
  const ask = (as?: string) =>
    connect({ address, ca, serverName: HOST, headers: () => ({ ...(as !== undefined && { "x-vault-token": as }) }) });
  const { vault } = await ensureVault(quiet);
  return {
    root: ask(token),
    ask,
    environment: {
      PATH: `${path.dirname(vault)}${path.delimiter}${process.env.PATH}`,
      ...{ VAULT_ADDR: address, VAULT_CACERT: file, VAULT_TLS_SERVER_NAME: HOST, VAULT_TOKEN: token },
    },
    close: async () => {
      await tunnel.close();
      await fs.rm(directory, { recursive: true });
    },
  };
}

/** A stack's mirror, in its configuration, where turns need not be two minutes apart. */
export function mirrored(mirror: object, change: (config: Configuration) => void = () => undefined): (config: Configuration) => void {
  return (config) => {
    config.vault = { ...(config.vault as object), mirror: { mode: "push", ...mirror } };
    config.rotation = { settleSeconds: 0, applySeconds: 60, ...(config.rotation as object | undefined) };
    change(config);
  };
}

export const keyOf = (secret: string, namespace = NAMESPACE) => `dev/${namespace}/${secret}`;

/** The Secrets that applications read, as text. */
export async function applicationSecrets(): Promise<Record<string, Record<string, string>>> {
  const wanted = new Set((await recordsOn()).map((record) => resolveNames(record).secret));
  const { items } = await (await target()).config.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace: NAMESPACE });
  const text = (data: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
  return Object.fromEntries(
    items.filter(({ metadata }) => wanted.has(metadata!.name!)).map(({ metadata, data }) => [metadata!.name!, text(data)]),
  );
}

/** What Vault has of a Secret, and in which version; undefined when it has none. */
export async function copyOf(
  vault: Pick<OpenVault, "root">,
  secret: string,
): Promise<{ data: Record<string, string>; version: number } | undefined> {
  const { status, body } = await vault.root("GET", `/v1/mirror/data/${keyOf(secret)}`);
  if (status !== 200) return undefined;
  const { data, metadata } = (body as { data: { data: Record<string, string>; metadata: { version: number } } }).data;
  return { data, version: metadata.version };
}

/** The names of all copies, of deleted ones too. */
export async function copies(vault: Pick<OpenVault, "root">): Promise<string[]> {
  const { status, body } = await vault.root("GET", `/v1/mirror/metadata/dev/${NAMESPACE}?list=true`);
  return status === 200 ? (body as { data: { keys: string[] } }).data.keys : [];
}

/** As long as it may be between an `up` and the copies of what it made. */
const PUSHED_WITHIN_MS = 10_000;

/** Waits until Vault has of these Secrets what Kubernetes has; the time it took. */
export async function inStep(vault: Pick<OpenVault, "root">, names: readonly string[]): Promise<number> {
  const began = performance.now();
  const wanted = await applicationSecrets();
  for (;;) {
    const found = await Promise.all(names.map(async (name) => (await copyOf(vault, name))?.data));
    const elapsed = performance.now() - began;
    const behind = names.filter((name, index) => !isDeepStrictEqual(found[index], wanted[name]));
    if (behind.length === 0) return elapsed;
    if (elapsed > PUSHED_WITHIN_MS) throw new Error(`not in Vault after ${Math.round(elapsed)} ms: ${behind.join(", ")}`);
    await sleep(100);
  }
}

/** Logs in with what a Secret of the template `pg` holds. */
export async function logsIn({ username, password, dbname, host }: Record<string, string>): Promise<void> {
  await withTunnel((connect) => connect({ user: username!, password: password!, database: dbname!, host: host!, port: 5432 }));
}

/** Ends what `keep` keeps. */
export async function removeCopies(vault: Pick<OpenVault, "root">): Promise<void> {
  for (const name of await copies(vault)) await vault.root("DELETE", `/v1/mirror/metadata/${keyOf(name)}`);
}

/** Every object that carries the stack's mark, wherever it is, less the roles' Secrets: of logins that take turns, the previous one stays. */
export async function objectsOfStack(): Promise<string[]> {
  const kinds = [
    ...["secrets", "configmaps", "serviceaccounts", "services", "jobs", "cronjobs", "statefulsets"],
    ...["roles", "rolebindings", "clusterrolebindings", "clustersecretstores", "externalsecrets", "pushsecrets"],
  ];
  const columns = "custom-columns=K:.kind,NS:.metadata.namespace,N:.metadata.name";
  const lines = await kubectl("get", kinds.join(","), "-A", "-l", `cnpg-credentials/stack=${STACK}`, "--no-headers", "-o", columns);
  return lines
    .split("\n")
    .map((line) => line.trim().split(/\s+/).join(" "))
    .filter((line) => !/-db-role(-[ab])?$/.test(line))
    .sort();
}

/** A token of Vault's for a role, or what Vault says instead. */
export async function logIn(
  vault: OpenVault,
  role: string,
  { namespace = VAULT_NAMESPACE, account = role, audience = "vault" } = {},
): Promise<{ ask: Ask } | { status: number }> {
  const { config } = await target();
  const { status } = await config.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    namespace,
    name: account,
    body: { spec: { audiences: [audience], expirationSeconds: 600 } },
  });
  const answer = await vault.ask()("POST", "/v1/auth/kubernetes/login", { role, jwt: status!.token });
  const token = (answer.body as { auth?: { client_token: string } } | undefined)?.auth?.client_token;
  return token === undefined ? { status: answer.status } : { ask: vault.ask(token) };
}

/** Brings the stack up after a look at what is there, as `npm run pulumi -- up --refresh` does, under another configuration than the repository's. */
export async function upRefreshed(change: (config: Configuration) => void): Promise<void> {
  const opened = await stack();
  await configure(opened, change);
  const args = [
    "up",
    "--refresh",
    "--yes",
    "--skip-preview",
    "--non-interactive",
    "--stack",
    opened.name,
    "--config-file",
    opened.configFile,
  ];
  const { all } = await execa("pulumi", args, { cwd: ROOT, env: opened.env, all: true });
  transcripts.push(all);
}

/** Ends Vault's pod and keeps it from coming back. */
export async function stopVault(): Promise<void> {
  await kubectl("-n", VAULT_NAMESPACE, "scale", "statefulset", VAULT, "--replicas=0");
  await kubectl("-n", VAULT_NAMESPACE, "wait", "--for=delete", `pod/${VAULT}-0`, "--timeout=60s");
}

/** Has it back, unsealed by a run of its bootstrap that does not wait for the minute. */
export async function startVault(): Promise<void> {
  await kubectl("-n", VAULT_NAMESPACE, "scale", "statefulset", VAULT, "--replicas=1");
  const { ok, log } = await runBootstrap();
  if (!ok) throw new Error(log);
  await kubectl("-n", VAULT_NAMESPACE, "rollout", "status", `statefulset/${VAULT}`, "--timeout=300s");
}
