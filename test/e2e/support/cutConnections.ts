import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { target } from "./lab";

interface Kubeconfig {
  clusters: { cluster: { server: string; "tls-server-name"?: string } }[];
}

/** A way to the API server that is cut at times. */
export interface CutConnections {
  /** The kubeconfig that leads there. */
  readonly kubeconfig: string;
  /** How many connections were cut so far. */
  readonly cut: number;
  close(): Promise<void>;
}

/**
 * A kubeconfig whose connections are cut, all at once, and for a moment refused.
 * @param afterMs how long after the one before, in turn, and from the beginning again
 */
export async function cutConnections(directory: string, afterMs: readonly number[], refusedMs = 700): Promise<CutConnections> {
  const config = parse(await fs.readFile((await target()).kubeconfig, "utf8")) as Kubeconfig;
  const { cluster } = config.clusters[0]!;
  const { hostname, port } = new URL(cluster.server);
  const sockets = new Set<net.Socket>();
  let [isOpen, isRefusing, cut] = [true, false, 0];
  const server = net.createServer((socket) => {
    if (isRefusing) return void socket.destroy();
    const upstream = net.connect(Number(port), hostname);
    socket.pipe(upstream).pipe(socket);
    for (const one of [socket, upstream]) {
      sockets.add(one);
      const end = () => [socket, upstream].forEach((other) => (sockets.delete(other), other.destroy()));
      one.on("error", end).on("close", end);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cluster.server = `https://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  cluster["tls-server-name"] = hostname;
  const kubeconfig = path.join(directory, "kubeconfig-cut");
  await fs.writeFile(kubeconfig, stringify(config), { mode: 0o600 });
  const cutting = (async () => {
    for (let time = 0; isOpen; time++) {
      await pause(afterMs[time % afterMs.length]);
      isRefusing = true;
      cut += sockets.size / 2;
      for (const socket of sockets) socket.destroy();
      await pause(refusedMs);
      isRefusing = false;
    }
  })();
  return {
    kubeconfig,
    get cut() {
      return cut;
    },
    close: async () => {
      isOpen = false;
      await cutting;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await fs.rm(kubeconfig);
    },
  };
}
