import * as net from "node:net";
import { PortForward, type KubeConfig } from "@kubernetes/client-node";
import { dnsSubdomain } from "../../config/primitives";
import { visible } from "../../config/visible";

export interface Tunnel {
  port: number;
  close: () => Promise<void>;
}

const POSTGRES = 5432;

/** A local port whose connections end at a port of the pod's, Postgres' unless another is named. Close it, or the process does not end. */
export async function openTunnel(config: KubeConfig, namespace: string, pod: string, remote = POSTGRES): Promise<Tunnel> {
  // Others write which pod is behind a Service, and the library makes a path of its name.
  if (!dnsSubdomain.safeParse(pod).success) throw new Error(`${visible(pod)} is not the name of a pod`);
  const forward = new PortForward(config);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    forward.portForward(namespace, pod, [remote], socket, null, socket).then(
      (opened: unknown) => {
        const close = () => (opened as WebSocket).close();
        // It ends by itself when the client says so, and not when the client is gone: it would keep this process for minutes.
        if (socket.destroyed) close();
        else socket.on("close", close);
      },
      (error: Error) => socket.destroy(error),
    );
  });
  await new Promise<void>((resolve, reject) => server.on("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
