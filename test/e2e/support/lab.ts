import * as fs from "node:fs/promises";
import { createInterface } from "node:readline";
import { CoreV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import { execa } from "execa";
import { Client, type ClientConfig } from "pg";
import { parse, stringify } from "yaml";
import { catalogue } from "../../../catalog/services";
import { resolveNames } from "../../../catalog/names";
import type { ServiceRecord } from "../../../catalog/record";
import { authorities } from "../../../cli/shared/login";
import { readCredential, type Credential } from "../../../cli/shared/credential";
import { CNPG } from "../../../kube/kinds/groups";
import { openTunnel, type Tunnel } from "../../../preflight/postgres/tunnel";
import { asConfig, settingsIn } from "../../../config/settings";
import { kubectlPath } from "../../../lab/toolchain";
import { openTargetStack, runningTarget, type Target } from "../../../cli/stack/target";
import type { ManagedStack } from "../../../cli/stack/engine";
import { up, type UpResult } from "../../../cli/stack/stackUp";
import { readStackFile } from "../../../cli/stack/stackFile";
import { quiet } from "../../support/quiet";
import { timedUp, waiting } from "./clock";
import { CLUSTER, NAMESPACE, STACK } from "./place";
import { credentialKeys } from "../../../catalog/templates";
import { templateOf } from "../../support/templateOf";

export { CLUSTER, NAMESPACE, STACK };

/** The configuration of a stack without the project's prefix: what a stack file can hold, and what it cannot. */
export interface Configuration {
  [key: string]: unknown;
  cluster: Record<string, unknown>;
  services: Record<string, Record<string, unknown> | undefined>;
}

let found: Promise<Target> | undefined;
/** The lab. It is looked for once: that is a look at every process of the machine. */
export const target = (): Promise<Target> => (found ??= runningTarget({ stack: "dev", lab: true }));

let program: Promise<string> | undefined;

/** Opens a stack of the lab, its configuration as its file has it. */
export async function stack(name = STACK): Promise<ManagedStack> {
  return openTargetStack(quiet, await target(), name);
}

/** Brings a stack up with its configuration changed. */
export async function upWith(
  change: (config: Configuration) => void,
  name = STACK,
): Promise<UpResult & { stack: ManagedStack; log: string }> {
  const opened = await stack(name);
  await configure(opened, change);
  const result = await timedUp(() => up(opened, () => undefined));
  return { ...result, stack: opened, log: await fs.readFile(opened.log, "utf8") };
}

/** Changes the configuration that pulumi reads, until the stack is opened again. */
export async function configure({ configFile }: Pick<ManagedStack, "configFile">, change: (config: Configuration) => void): Promise<void> {
  const file = parse(await fs.readFile(configFile, "utf8")) as { config: Record<string, unknown> };
  const config = settingsIn(file.config) as Configuration;
  change(config);
  await fs.writeFile(configFile, stringify({ ...file, config: asConfig(config) }));
}

/** The records of the services that are on in the stack's file. */
export async function recordsOn(): Promise<readonly ServiceRecord[]> {
  const { services = {} } = settingsIn((await readStackFile(STACK)).config ?? {}) as Partial<Configuration>;
  return catalogue.filter(({ name }) => services[name] !== undefined);
}

/** What the applications' Secrets hold, by service: of these records, or of all that are on. */
export async function credentials(records?: readonly ServiceRecord[]): Promise<Record<string, Credential>> {
  const core = (await target()).config.makeApiClient(CoreV1Api);
  const entries = (records ?? (await recordsOn())).map(async (record) => {
    const { secret } = resolveNames(record);
    const { data } = await core.readNamespacedSecret({ namespace: NAMESPACE, name: secret });
    return [record.name, readCredential(credentialKeys(templateOf(record)), secret, data ?? {})] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Runs SQL as the superuser over the pod's socket, as somebody with too many rights would by hand. */
export async function superuser(sql: string, database = "postgres"): Promise<string> {
  return kubectl(
    "-n",
    NAMESPACE,
    "exec",
    `${CLUSTER}-1`,
    "-c",
    "postgres",
    "--",
    "psql",
    "-XAtq",
    "-v",
    "ON_ERROR_STOP=1",
    "-d",
    database,
    "-c",
    sql,
  );
}

/** kubectl, as it runs. */
async function kubectlProcess(args: readonly string[], reject = true) {
  const { kubeconfig, context } = await target();
  const options = { env: { KUBECONFIG: kubeconfig }, reject };
  return { run: execa(await (program ??= kubectlPath()), ["--context", context, ...args], options) };
}

/**
 * Hands on what a pod of this namespace says, line by line, until it is gone.
 *
 * @returns whether kubectl followed it to its end
 */
export async function followLogs(pod: string, line: (text: string) => void, signal: AbortSignal): Promise<boolean> {
  const { run } = await kubectlProcess(["-n", NAMESPACE, "logs", "-f", pod], false);
  const end = () => run.kill();
  signal.addEventListener("abort", end);
  for await (const text of createInterface({ input: run.stdout })) line(text);
  signal.removeEventListener("abort", end);
  return (await run).exitCode === 0;
}

export async function kubectl(...args: string[]): Promise<string> {
  const run = async () => await (await kubectlProcess(args)).run;
  const isWaiting = args.some((arg) => /^(wait|rollout|--wait(=true)?)$/.test(arg));
  return (await (isWaiting ? waiting(run) : run())).stdout;
}

/** Whether an object of CloudNativePG's is there. */
export async function exists(plural: string, name: string): Promise<boolean> {
  const custom = (await target()).config.makeApiClient(CustomObjectsApi);
  const { items } = (await custom.listNamespacedCustomObject({ ...CNPG, namespace: NAMESPACE, plural })) as {
    items: { metadata: { name: string } }[];
  };
  return items.some((item) => item.metadata.name === name);
}

export async function secretNames(namespace = NAMESPACE): Promise<string[]> {
  const core = (await target()).config.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedSecret({ namespace });
  return items.map((item) => item.metadata!.name!);
}

/** A way to Postgres, or to what stands before it in another pod, for many logins. */
export async function withTunnel<T>(
  work: (connect: Connect) => Promise<T>,
  pod = `${CLUSTER}-1`,
  { namespace, cluster } = { namespace: NAMESPACE, cluster: CLUSTER },
): Promise<T> {
  const { config } = await target();
  const ca = await authorities(config, namespace, cluster);
  const tunnel: Tunnel = await openTunnel(config, namespace, pod);
  const connect: Connect = async (
    { user, password, database, host },
    sql = "select current_user || '@' || current_database()",
    ssl = true,
  ) => {
    const options: ClientConfig = {
      host: "127.0.0.1",
      port: tunnel.port,
      user,
      password,
      database,
      ssl: ssl && { ca, servername: host },
      connectionTimeoutMillis: 15_000,
    };
    const client = new Client(options);
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return String(Object.values(rows[0] ?? {})[0]);
    } finally {
      await client.end();
    }
  };
  try {
    return await work(connect);
  } finally {
    await tunnel.close();
  }
}

/** Logs in and returns the first column of the first row. */
export type Connect = (credential: Credential, sql?: string, ssl?: boolean) => Promise<string>;
