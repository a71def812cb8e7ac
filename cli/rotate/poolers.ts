import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { FixableError } from "../../config/fixableError";
import { openTunnel } from "../../preflight/postgres/tunnel";

/**
 * Connections of one role at a Pooler: its clients, and its sessions in Postgres, which outlive the
 * clients.
 */
export interface Pooled {
  clients: number;
  sessions: number;
}

const METRICS_PORT = 9127;
const TIMEOUT_MS = 15_000;

/** CloudNativePG's gauges of what PgBouncer shows of its pools. */
const GAUGE =
  /^cnpg_pgbouncer_pools_(cl_active|cl_waiting|sv_active|sv_active_cancel|sv_wait_cancels|sv_idle|sv_used|sv_tested|sv_login)\{[^}]*\buser="([^"]+)"\} (\S+)$/gm;

/**
 * Counts a Pooler's connections, by role, over all its pods: who is connected through it cannot be
 * seen in Postgres while nothing is asked.
 *
 * @throws FixableError when a pod does not say
 */
export async function pooledConnections(config: KubeConfig, namespace: string, pooler: string): Promise<Map<string, Pooled>> {
  try {
    const labelSelector = `cnpg.io/poolerName=${pooler}`;
    const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
    const running = items.filter(({ status }) => status?.phase === "Running");
    const pages = await Promise.all(
      running.map(async ({ metadata, spec }) => {
        const env = spec?.containers.find(({ name }) => name === "pgbouncer")?.env ?? [];
        const isTls = env.some(({ name, value }) => name === "METRICS_PORT_TLS" && value === "true");
        const tunnel = await openTunnel(config, namespace, metadata!.name!, METRICS_PORT);
        try {
          return await get(isTls ? https : http, tunnel.port);
        } finally {
          await tunnel.close();
        }
      }),
    );
    return count(pages);
  } catch (error) {
    throw new FixableError(
      `the Pooler ${pooler} does not say who is connected through it: ${(error as Error).message.split("\n")[0]}`,
      "see that its pods run; `--force` goes on without asking",
    );
  }
}

/** The sum of what several pods say. */
export function count(pages: readonly string[]): Map<string, Pooled> {
  const roles = new Map<string, Pooled>();
  for (const page of pages) {
    for (const [, gauge, role, value] of page.matchAll(GAUGE) as Iterable<[string, string, string, string]>) {
      const sum = roles.get(role) ?? { clients: 0, sessions: 0 };
      sum[gauge.startsWith("cl_") ? "clients" : "sessions"] += Number(value);
      roles.set(role, sum);
    }
  }
  return roles;
}

/** The way to the pod is the API server's; what certificate the pod has, nobody needs to know. */
async function get(protocol: typeof http | typeof https, port: number): Promise<string> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/metrics", timeout: TIMEOUT_MS, rejectUnauthorized: false };
    const request = protocol.get(options, resolve).on("error", reject);
    request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
  });
  if (response.statusCode !== 200) throw new Error(`its metrics answer ${response.statusCode}`);
  return text(response);
}
