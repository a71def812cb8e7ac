import * as http from "node:http";
import * as net from "node:net";

/** A proxy of this machine's. */
export interface ConnectProxy {
  readonly url: string;
  /** `host:port` of everything that was asked for, with what its client proved itself with. */
  readonly asked: readonly { readonly to: string; readonly authorization?: string }[];
  close(): Promise<void>;
}

/** A proxy for `CONNECT` that leads to one port of this machine, whatever it is asked for. */
export async function startConnectProxy(port: number): Promise<ConnectProxy> {
  const asked: { to: string; authorization?: string }[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer((_, response) => response.writeHead(405).end());
  server.on("connect", (request: http.IncomingMessage, client: net.Socket) => {
    const { "proxy-authorization": authorization } = request.headers;
    asked.push({ to: request.url ?? "", ...(authorization === undefined ? {} : { authorization }) });
    const upstream = net.connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => [client, upstream].forEach((one) => one.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const NAMES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"];

/** In the tests of a `describe`, the environment names no proxy but the one that a test sets. */
export function withoutProxies(): void {
  const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  const clear = () => NAMES.forEach((name) => delete process.env[name]);
  beforeEach(clear);
  after(() => {
    clear();
    for (const [name, value] of Object.entries(before)) if (value !== undefined) process.env[name] = value;
  });
}
