import { ApiException, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import type { Client } from "pg";
import { authorityConfigMap, CA_KEY, operatorAuthority } from "../../catalog/authorities";
import { readCredential } from "./credential";
import type { ServiceOutput } from "../../catalog/outputs";
import { visible } from "../../config/visible";
import { connectWith } from "../../preflight/postgres/session";
import { CNPG } from "../../kube/kinds/groups";
import { primaryHost } from "../../kube/primary";
import { openTunnel } from "../../preflight/postgres/tunnel";

/** The outcome of one login with what the application's Secret says. */
export interface Login {
  service: string;
  /** `undefined` when it worked. */
  error?: string;
  /** What Postgres says of the session. */
  user?: string;
  database?: string;
  tls?: string;
  /** Connections that this login has besides, to the primary, and may have; -1 for no limit. */
  connections?: number;
  limit?: number;
  milliseconds: number;
}

/**
 * Logs in with every service's Secret, as its application would: over TLS, the server proven by the
 * cluster's CA and the host name in the Secret. The way into the network is a port-forward to the
 * primary.
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
  return withWay(config, cluster, primary, async (way) => {
    const logins: Login[] = [];
    for (const [service, output] of Object.entries(services)) {
      const started = performance.now();
      const outcome = await login(way, output).catch((error: unknown) => ({ error: describe(error) }));
      logins.push({ service, ...outcome, milliseconds: Math.round(performance.now() - started) });
    }
    return logins;
  });
}

async function login(way: Way, output: ServiceOutput): Promise<Omit<Login, "service" | "error" | "milliseconds">> {
  const client = await connectAs(way, output);
  try {
    const { rows: works } = await client.query<{ user: string }>("select current_user as user");
    // Who works as another is not told about its own session.
    await client.query("set role none");
    const { rows } = await client.query<{ database: string; tls: string; connections: number; limit: number }>(SESSION);
    return { ...works[0]!, ...rows[0]! };
  } finally {
    await client.end();
  }
}

/** Of this session, and of the others of the same login. */
const SESSION = `
select pg_catalog.current_database() as database, s.version as tls, r.rolconnlimit as limit
     , (select pg_catalog.count(*)::pg_catalog.int4 from pg_catalog.pg_stat_activity a where a.usesysid = r.oid and a.pid <> s.pid and a.backend_type = 'client backend') as connections
  from pg_catalog.pg_stat_ssl s, pg_catalog.pg_roles r
 where s.pid = pg_catalog.pg_backend_pid() and r.rolname = session_user`;

/** A way to the primary from outside the cluster's network. */
export interface Way {
  core: CoreV1Api;
  namespace: string;
  /** Name of the primary in the cluster. */
  host: string;
  /** The authority that the server proves itself with. */
  ca: string;
  port: number;
}

/**
 * What Postgres is proven by. A stack that a former release has made has CloudNativePG's own
 * authority, and no such ConfigMap.
 */
export async function authorities(config: KubeConfig, namespace: string, cluster: string): Promise<string> {
  const core = config.makeApiClient(CoreV1Api);
  try {
    const { data } = await core.readNamespacedConfigMap({ namespace, name: authorityConfigMap(cluster) });
    return data?.[CA_KEY] ?? "";
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 404) throw error;
    const { data } = await core.readNamespacedSecret({ namespace, name: await serverAuthority(config, namespace, cluster) });
    return Buffer.from(data?.[CA_KEY] ?? "", "base64").toString("utf8");
  }
}

/**
 * The Secret with the authority that a Cluster's server is proven by: the operator says which, as
 * somebody may have given it another than its own.
 */
async function serverAuthority(config: KubeConfig, namespace: string, cluster: string): Promise<string> {
  const custom = config.makeApiClient(CustomObjectsApi);
  const { status, spec } = (await custom.getNamespacedCustomObject({ ...CNPG, namespace, plural: "clusters", name: cluster })) as {
    status?: { certificates?: { serverCASecret?: string } };
    spec?: { certificates?: { serverCASecret?: string } };
  };
  return status?.certificates?.serverCASecret ?? spec?.certificates?.serverCASecret ?? operatorAuthority(cluster);
}

/** Opens a way for the time of `work`. */
export async function withWay<T>(config: KubeConfig, cluster: string, primary: string, work: (way: Way) => Promise<T>): Promise<T> {
  const [namespace, name] = cluster.split("/") as [string, string];
  const core = config.makeApiClient(CoreV1Api);
  const ca = await authorities(config, namespace, name);
  const tunnel = await openTunnel(config, namespace, primary);
  try {
    return await work({ core, namespace, host: primaryHost(name, namespace), ca, port: tunnel.port });
  } finally {
    await tunnel.close();
  }
}

/** A connection with what the service's Secret says. To be ended. */
export async function connectAs(way: Way, output: ServiceOutput): Promise<Client> {
  const secret = await way.core.readNamespacedSecret({ namespace: output.namespace, name: output.secret });
  const known = { user: output.login, database: output.database, host: way.host };
  return connectWith(way, readCredential(output.credentialKeys, output.secret, secret.data ?? {}, known));
}

function describe(error: unknown): string {
  return visible(error instanceof Error ? error.message : String(error));
}
