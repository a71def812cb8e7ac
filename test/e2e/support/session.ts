import { Client } from "pg";
import type { Credential } from "../../../cli/shared/credential";
import { authorities } from "../../../cli/shared/login";
import { openTunnel } from "../../../preflight/postgres/tunnel";
import { CLUSTER, NAMESPACE, target } from "./lab";

export interface Session {
  query(sql: string): Promise<unknown[]>;
  end(): Promise<void>;
}

/** A session that stays open, with Postgres or with what stands before it in another pod. */
export async function holdSession(
  { user, password, database, host }: Credential,
  { timeoutMs = 15_000, pod = `${CLUSTER}-1` } = {},
): Promise<Session> {
  const { config } = await target();
  const ca = await authorities(config, NAMESPACE, CLUSTER);
  const tunnel = await openTunnel(config, NAMESPACE, pod);
  const client = new Client({
    host: "127.0.0.1",
    port: tunnel.port,
    user,
    password,
    database,
    ssl: { ca, servername: host },
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on("error", () => undefined);
  await client.connect().catch(async (error: unknown) => {
    await tunnel.close();
    throw error;
  });
  return {
    query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    end: async () => {
      await client.end().catch(() => undefined);
      await tunnel.close();
    },
  };
}
