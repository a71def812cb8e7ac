import { createHash } from "node:crypto";
import { once } from "node:events";
import * as net from "node:net";
import { text } from "node:stream/consumers";

/**
 * Runs `work` while no other process of this machine runs work under the same `key`. The lock is a socket in Linux's
 * abstract namespace: the kernel gives it to one process and takes it back when that process ends, however it ends, so
 * that there is no stale lock file to recognise. A process that waits is woken by its connection being closed.
 * @param onWait Told the process id of the owner, each time that there is one to wait for.
 */
export async function withLock<T>(key: string, onWait: (owner: string) => void, work: () => Promise<T>): Promise<T> {
  const address = `\0cnpg-credentials-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
  const waiting = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => waiting.delete(socket));
    socket.write(`${process.pid}\n`);
  });
  while (!(await listen(server, address))) await ownerEnds(address, onWait);
  try {
    return await work();
  } finally {
    server.close();
    for (const socket of waiting) socket.destroy();
  }
}

async function listen(server: net.Server, address: string): Promise<boolean> {
  try {
    server.listen(address);
    await once(server, "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}

async function ownerEnds(address: string, onWait: (owner: string) => void): Promise<void> {
  const socket = net.connect(address);
  socket.once("data", (pid) => onWait(String(pid).trim()));
  // Refused, reset or closed: in each case the owner is gone, and the next attempt to listen decides who follows.
  await text(socket).catch(() => undefined);
}
