import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { Client } from "pg";
import { catalogue } from "../catalog";
import { readCredential } from "./credential";
import type { ServiceOutput } from "./observe";
import { openTunnel } from "./tunnel";

/** The outcome of one login with what the application's Secret says. */
export interface Login {
  service: string;
  /** `undefined` when it worked. */
  error?: string;
  /** What Postgres says of the session. */
  user?: string;
  database?: string;
  tls?: string;
  milliseconds: number;
}

/**
 * Logs in with every service's Secret, as its application would: over TLS, the server proven by the cluster's CA and the host name in the Secret.
 * The way into the network is a port-forward to the primary.
 *
 * @param cluster `namespace/name`
 * @param primary pod of the primary
 */
export async function loginAll(
  config: KubeConfig,
  cluster: string,
  primary: string,
  services: Readonly<Record<string, ServiceOutput>>,
): Promise<Login[]> {
  const [namespace, name] = cluster.split("/") as [string, string];
  const core = config.makeApiClient(CoreV1Api);
  const authority = await core.readNamespacedSecret({ namespace, name: `${name}-ca` });
  const ca = Buffer.from(authority.data!["ca.crt"]!, "base64").toString("utf8");
  const tunnel = await openTunnel(config, namespace, primary);
  try {
    const logins: Login[] = [];
    for (const [service, output] of Object.entries(services)) {
      const started = performance.now();
      const outcome = await login(core, namespace, service, output, tunnel.port, ca).catch((error: unknown) => ({
        error: describe(error),
      }));
      logins.push({ service, ...outcome, milliseconds: Math.round(performance.now() - started) });
    }
    return logins;
  } finally {
    await tunnel.close();
  }
}

async function login(
  core: CoreV1Api,
  namespace: string,
  service: string,
  output: ServiceOutput,
  port: number,
  ca: string,
): Promise<Pick<Login, "user" | "database" | "tls">> {
  const record = catalogue.find((candidate) => candidate.name === service)!;
  const secret = await core.readNamespacedSecret({ namespace, name: output.secret });
  const { user, password, database, host } = readCredential(record, output.secret, secret.data ?? {});
  const client = new Client({
    host: "127.0.0.1",
    port,
    user,
    password,
    database,
    ssl: { ca, servername: host },
    connectionTimeoutMillis: 15_000,
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ user: string; database: string; tls: string }>(
      "select current_user as user, current_database() as database, version as tls from pg_stat_ssl where pid = pg_backend_pid()",
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
