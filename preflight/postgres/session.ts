import { Client } from "pg";

/**
 * How every session begins that this program opens, or has opened: whoever owns a role or a database
 * decides by settings of it (`alter role … set search_path`) what names mean and where a literal
 * ends, and what a session is started with comes before those.
 */
export const SESSION_OPTIONS = "-c search_path=pg_catalog -c standard_conforming_strings=on";

/** What one logs in with. `host` is the name that the server's certificate is proven by. */
export interface PostgresLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly host: string;
}

/**
 * Proves that it knows a password, and says it to nobody: a server that asks for the password itself,
 * or for a hash that can be tried out, is not the one that CloudNativePG runs. The library answers
 * each question that it is asked.
 */
class ProvingClient extends Client {
  _handleAuthCleartextPassword(): void {
    this.#refuse("asks for the password itself");
  }

  _handleAuthMD5Password(): void {
    this.#refuse("asks for a hash of the password (md5)");
  }

  #refuse(what: string): void {
    const { connection } = this as unknown as {
      connection: { emit: (event: "error", error: Error) => void; stream: { destroy: () => void } };
    };
    connection.emit("error", new Error(`the server ${what}, and is not given it: Postgres here asks for SCRAM`));
    connection.stream.destroy();
  }
}

/** A connection through a tunnel, over TLS, the server proven by the authority. To be ended. */
export async function connectWith(
  { ca, port }: { readonly ca: string; readonly port: number },
  { user, password, database, host }: PostgresLogin,
): Promise<Client> {
  const ssl = { ca, servername: host };
  const where = { host: "127.0.0.1", port, database, ssl };
  const client = new ProvingClient({ ...where, user, password, options: SESSION_OPTIONS, connectionTimeoutMillis: 15_000 });
  // What happens to the connection after its last answer concerns nobody.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
