import type { KubeConfig } from "@kubernetes/client-node";
import type { Ask } from "../../kube/http";
import { said } from "../shared/vault";
import type { Unanswered, VaultLogin, WithToken } from "./vaultTypes";
import { list, withVault } from "./withVault";

/**
 * The logins of every database engine: those whose passwords Vault changes (static roles), and
 * those that it works with itself (connections). Dynamic roles make logins of their own.
 */
export async function readVaultLogins(config: KubeConfig, { vault, token }: WithToken): Promise<VaultLogin[] | Unanswered> {
  return withVault(config, vault, async (reached) => {
    const ask = reached.ask(token);
    const engines = Object.entries(await read(ask, "sys/mounts")).filter(([, engine]) => (engine as Engine | null)?.type === "database");
    return (await Promise.all(engines.map(([path]) => loginsOf(ask, path.replace(/\/$/, ""))))).flat();
  });
}

interface Engine {
  type?: string;
}
interface Connection {
  connection_details?: { username?: string; connection_url?: string };
}

async function loginsOf(ask: Ask, engine: string): Promise<VaultLogin[]> {
  const [connections, roles] = await Promise.all([list(ask, `${engine}/config`), list(ask, `${engine}/static-roles`)]);
  const details = await Promise.all(
    connections.map(
      async (name) => [name, ((await read(ask, `${engine}/config/${name}`)) as Connection).connection_details ?? {}] as const,
    ),
  );
  const hosts = new Map(details.map(([name, { connection_url: url }]) => [name, hostOf(url)]));
  const login = (kind: VaultLogin["kind"], path: string, username: string | undefined, host: string | undefined): VaultLogin[] =>
    username === undefined ? [] : [{ path: `${engine}/${path}`, kind, username, ...(host === undefined ? {} : { host }) }];
  const statics = await Promise.all(
    roles.map(async (name) => {
      const { username, db_name: connection } = (await read(ask, `${engine}/static-roles/${name}`)) as Record<string, string | undefined>;
      return login("staticRole", `static-roles/${name}`, username, hosts.get(connection ?? ""));
    }),
  );
  return [
    ...details.flatMap(([name, { username, connection_url: url }]) => login("connection", `config/${name}`, username, hostOf(url))),
    ...statics.flat(),
  ];
}

async function read(ask: Ask, path: string): Promise<Record<string, unknown>> {
  const answer = await ask("GET", `/v1/${path}`);
  if (answer.status !== 200) throw new Error(`Vault does not give ${path}${said(answer)}`);
  return (answer.body as { data: Record<string, unknown> }).data;
}

/** Of a URL, or of libpq's `host=…`. Such a URL has `{{username}}` where the name is to be. */
function hostOf(url: string | undefined): string | undefined {
  return /^[a-z]+:\/\/(?:[^/]*@)?([^/:?,]+)/.exec(url ?? "")?.[1] ?? /\bhost=([^ ]+)/.exec(url ?? "")?.[1];
}
