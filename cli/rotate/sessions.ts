import type { KubeConfig } from "@kubernetes/client-node";
import { connectAs, withWay } from "../shared/login";
import type { ServiceOutput } from "../../catalog/outputs";
import { pooledConnections, type Pooled } from "./poolers";

/** Open sessions of a login that is not the one in the application's Secret any more. */
export interface StaleSessions {
  service: string;
  role: string;
  /** Those of which somebody makes use, and the clients of its Pooler. */
  count: number;
}

/**
 * Counts the sessions that services' previous logins still have: who is logged in is known to
 * everybody in Postgres, so the applications' own credentials do to ask. A Pooler's sessions say
 * nothing of its clients, who may have none at the moment or have gone: for them, it is asked
 * itself.
 *
 * @param cluster `namespace/name`
 * @param primary pod of the primary
 */
export async function staleSessions(
  config: KubeConfig,
  cluster: string,
  primary: string,
  services: readonly (readonly [name: string, output: ServiceOutput])[],
): Promise<StaleSessions[]> {
  const asked = services.flatMap(([service, output]) =>
    output.previous === undefined ? [] : [{ service, output, role: output.previous }],
  );
  const [first] = asked;
  if (first === undefined) return [];
  const namespace = cluster.split("/")[0]!;
  const poolers = [...new Set(asked.flatMap(({ output }) => output.pooler ?? []))];
  const pooled = await Promise.all(poolers.map((pooler) => pooledConnections(config, namespace, pooler)));
  const counts = await withWay(config, cluster, primary, async (way) => {
    const client = await connectAs(way, first.output);
    try {
      const { rows } = await client.query<{ role: string; count: string }>(
        "select usename as role, pg_catalog.count(*) as count from pg_catalog.pg_stat_activity where usename = any($1) group by usename",
        [asked.map(({ role }) => role)],
      );
      return new Map(rows.map(({ role, count }) => [role, Number(count)]));
    } finally {
      await client.end();
    }
  });
  return asked.flatMap(({ service, role }) => {
    const count = inUse(
      counts.get(role) ?? 0,
      pooled.flatMap((roles) => roles.get(role) ?? []),
    );
    return count === 0 ? [] : [{ service, role, count }];
  });
}

/** Sessions in Postgres that no Pooler keeps, and the clients of Poolers. */
export function inUse(sessions: number, pooled: readonly Pooled[]): number {
  const kept = pooled.reduce((sum, one) => sum + one.sessions, 0);
  return Math.max(0, sessions - kept) + pooled.reduce((sum, one) => sum + one.clients, 0);
}
