import type { KubeConfig } from "@kubernetes/client-node";
import { connectAs, withWay } from "./login";
import type { ServiceOutput } from "./observe";

/** Open sessions of a login that is not the one in the application's Secret any more. */
export interface StaleSessions {
  service: string;
  role: string;
  count: number;
}

/**
 * Counts the sessions that services' previous logins still have: who is logged in is known to everybody in Postgres, so the applications' own credentials do to ask.
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
  return withWay(config, cluster, primary, async (way) => {
    const client = await connectAs(way, first.service, first.output);
    try {
      const { rows } = await client.query<{ role: string; count: string }>(
        "select usename as role, count(*) as count from pg_stat_activity where usename = any($1) group by usename",
        [asked.map(({ role }) => role)],
      );
      const counts = new Map(rows.map(({ role, count }) => [role, Number(count)]));
      return asked.flatMap(({ service, role }) => (counts.has(role) ? [{ service, role, count: counts.get(role)! }] : []));
    } finally {
      await client.end();
    }
  });
}
