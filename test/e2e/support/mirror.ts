import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { resolveNames } from "../../../catalog/names";
import { KEYS_SECRET, PORT } from "../../../vault/names";
import { openTunnel } from "../../../preflight/postgres/tunnel";
import { stackFile } from "../../../cli/stack/stackFile";
import { ensureVault } from "../../../lab/toolchain";
import { connect, type Ask } from "../../../kube/http";
import { quiet } from "../../support/quiet";
import { eventually } from "./clock";
import { configure, kubectl, NAMESPACE, recordsOn, STACK, target, upWith, withTunnel, type Configuration } from "./lab";
import { secretData, STORE, VAULT, VAULT_NAMESPACE } from "./vault";

const HOST = `${VAULT}.${VAULT_NAMESPACE}.svc`;

/** The stack's Vault as whoever may do everything, for what tests do behind everybody's back. */
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
      await fs.rm(directory, { recursive: true, force: true });
    },
  };
}

/** What External Secrets writes copies as, and what reads them. */
export const WRITER = `${STORE}-mirror`;
export const READER = `${WRITER}-reader`;

/** Changes the stack's file, as a user would, and brings the stack up: commands that findings name have the same configuration. */
export async function upKeeping(change: (config: Configuration) => void): ReturnType<typeof upWith> {
  await configure({ configFile: stackFile(STACK) }, change);
  return upWith(() => undefined);
}

/** A stack's mirror, in its configuration, where turns need not be two minutes apart. */
export function mirrored(mirror: object): (config: Configuration) => void {
  return (config) => {
    config.vault = { ...(config.vault as object), mirror: { mode: "push", ...mirror } };
    config.rotation = { settleSeconds: 0, applySeconds: 60, ...(config.rotation as object | undefined) };
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

/** Waits until Vault has of these Secrets what Kubernetes has; the milliseconds that it took. */
export async function inStep(vault: Pick<OpenVault, "root">, names: readonly string[]): Promise<number> {
  const began = performance.now();
  const wanted = await applicationSecrets();
  let behind: readonly string[] = [];
  const expired = () => new Error(`not in Vault after 120 s: ${behind.join(", ")}`);
  await eventually({ seconds: 120, everyMs: 100, expired }, async () => {
    const found = await Promise.all(names.map(async (name) => (await copyOf(vault, name))?.data));
    behind = names.filter((name, index) => !isDeepStrictEqual(found[index], wanted[name]));
    return behind.length === 0 || undefined;
  });
  return performance.now() - began;
}

/** Logs in with what a Secret of the template `pg` holds. */
export async function logsIn({ username, password, dbname, host }: Record<string, string>): Promise<void> {
  await withTunnel((connect) => connect({ user: username!, password: password!, database: dbname!, host: host!, port: 5432 }));
}

/**
 * Every object that carries the stack's mark, wherever it is, less the roles' Secrets: of logins that
 * take turns, the previous one stays. Less the Jobs of the CronJob, too: there is one a minute, and those by hand.
 */
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
    .filter((line) => !/-db-role(-[ab])?$|^Job .*-\d{8,}$/.test(line))
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
