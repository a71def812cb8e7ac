import { once } from "node:events";
import * as net from "node:net";

/**
 * Below the ports that Linux gives to outgoing connections, and below those of Kubernetes'
 * services.
 */
const [FIRST, LAST] = [20_000, 29_999] as const;
const ATTEMPTS = 100;

/**
 * Ports of 127.0.0.1 that nobody listens on. Nobody else gets them by chance either: a server that
 * is stopped finds its port free when it is started again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers: net.Server[] = [];
  for (let attempt = 0; servers.length < count; attempt++) {
    const server = net.createServer().listen(FIRST + Math.floor(Math.random() * (LAST - FIRST + 1)), "127.0.0.1");
    try {
      await once(server, "listening");
      servers.push(server);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
