import * as path from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { CA_KEY, operatorAuthority } from "../../../catalog/authorities";
import type { ServiceRecord } from "../../../catalog/record";
import { catalogue } from "../../../catalog/services";
import { resolveNames } from "../../../catalog/names";
import { credentialKeys } from "../../../catalog/templates";
import { templateOf } from "../../support/templateOf";
import type { ClientSettings, Counts, FailureLine, SummaryLine } from "../client/protocol";
import { bundle } from "./bundle";
import { eventually } from "./clock";
import { CLUSTER, kubectl, NAMESPACE, target } from "./lab";
import { nodePod, startPod } from "./nodePod";

const PROGRAM = path.join(__dirname, "../client/program.ts");

/** What a client has seen so far. */
export interface ClientReport {
  seconds: number;
  services: Record<string, Counts>;
  failures: FailureLine[];
}

/** A program in a pod that logs in over and over, with what kubelet mounts. */
export interface LoginClient {
  report(): Promise<ClientReport>;
  /** Waits until the mounted Secrets of these services have the logins, by service. */
  sees(users: Readonly<Record<string, string>>, seconds: number): Promise<void>;
  stop(): Promise<ClientReport>;
}

/** What may be otherwise with a client. */
export interface ClientOptions {
  /** After which a login without an answer has failed: longer than the busiest machine takes. @default 30_000 */
  timeoutMs?: number;
  /** Whether it goes through the services' Poolers. */
  pooled?: boolean;
  /** The stack's catalogue. @default the program's own */
  records?: readonly ServiceRecord[];
  /** @default this file's stack */
  place?: { namespace: string; cluster: string };
}

/**
 * Starts a client with the Secrets of some services.
 *
 * @param rates logins a second, by service
 */
export async function startClient(
  name: string,
  rates: Readonly<Record<string, number>>,
  {
    timeoutMs = 30_000,
    pooled = false,
    records: all = catalogue,
    place: { namespace, cluster } = { namespace: NAMESPACE, cluster: CLUSTER },
  }: ClientOptions = {},
): Promise<LoginClient> {
  const records = all.filter((record) => rates[record.name] !== undefined);
  const settings: ClientSettings = {
    services: Object.fromEntries(
      records.map((record) => {
        const { user, password, host, port, database } = credentialKeys(templateOf(record));
        const [keys, perSecond] = [{ user: user!, password, host: host!, port: port!, database: database! }, rates[record.name]!];
        const through = { keys: { ...keys, host: "host-pooler" }, worksAs: resolveNames(record).role };
        return [record.name, { perSecond, ...(pooled ? through : { keys }) }];
      }),
    ),
    // All services together stay below the Cluster's 100 connections.
    mostOpen: Math.max(2, Math.floor(70 / records.length)),
    timeoutMs,
  };
  const core = (await target()).config.makeApiClient(CoreV1Api);
  await remove(name, namespace);
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { "client.cjs": bundle(PROGRAM) } } });
  const pod = await nodePod(name, {
    program: `require("/program/client.cjs")`,
    env: [{ name: "SETTINGS", value: JSON.stringify(settings) }],
  });
  const mounts = records.map((record, index) => ({
    volume: `secret-${index}`,
    secret: resolveNames(record).secret,
    path: `/secrets/${record.name}`,
  }));
  pod.spec!.volumes = [
    { name: "program", configMap: { name } },
    // Only for Secrets of before there were certificates in them; in an application's namespace there is none.
    { name: "authority", secret: { secretName: operatorAuthority(cluster), items: [{ key: CA_KEY, path: CA_KEY }], optional: true } },
    ...mounts.map(({ volume, secret }) => ({ name: volume, secret: { secretName: secret } })),
  ];
  pod.spec!.containers[0]!.volumeMounts = [
    { name: "program", mountPath: "/program", readOnly: true },
    { name: "authority", mountPath: "/authority", readOnly: true },
    ...mounts.map(({ volume, path: mountPath }) => ({ name: volume, mountPath, readOnly: true })),
  ];
  await startPod(pod, namespace);
  await kubectl("-n", namespace, "wait", `pod/${name}`, "--for=condition=Ready", "--timeout=120s");

  const report = async (): Promise<ClientReport> => {
    const lines = (await kubectl("-n", namespace, "logs", name)).split("\n").filter((line) => line.startsWith("{"));
    const parsed = lines.map((line) => JSON.parse(line) as FailureLine | SummaryLine);
    const last = parsed.findLast((line) => "services" in line) ?? { seconds: 0, services: {} };
    return { ...last, failures: parsed.filter((line) => "failed" in line) };
  };
  return {
    report,
    sees: async (users, seconds) => {
      let behind: string[] = [];
      const expired = () => new Error(`kubelet has not refreshed every Secret within ${seconds} s: ${behind.join(", ")}`);
      await eventually({ seconds, everyMs: 1000, expired }, async () => {
        const { services } = await report();
        const late = Object.entries(users).filter(([service, user]) => services[service]?.user !== user);
        behind = late.map(([service, user]) => `${service} logs in as ${services[service]?.user || "nobody"} and not as ${user}`);
        return behind.length === 0 || undefined;
      });
    },
    stop: async () => {
      const last = await report();
      await remove(name, namespace);
      return last;
    },
  };
}

async function remove(name: string, namespace: string): Promise<void> {
  await kubectl("-n", namespace, "delete", `pod/${name}`, `configmap/${name}`, "--ignore-not-found", "--wait=true");
}
