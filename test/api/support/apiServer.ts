import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { SERVICE_RANGE } from "../../../lab/cluster/network";
import { ensurePki, kubeconfig } from "../../../lab/cluster/pki";
import { createReport } from "../../../lab/progress";
import { ensureClusterTools } from "../../../lab/toolchain";
import { eventually } from "../../../lab/wait";
import { PATIENCE_SECONDS } from "./patience";
import { connect } from "../../../kube/client";

/** etcd and kube-apiserver of the lab, on loopback: no kubelet, no controllers, no root. */
export interface ApiServer {
  /** Temporary, and removed at the end: certificates, logs, etcd's data. */
  readonly directory: string;
  readonly url: string;
  /** The path of the administrator's. */
  readonly kubeconfig: string;
  /** CloudNativePG's released manifest. */
  readonly operatorManifest: string;
  stop(): Promise<void>;
}

/** The context of its kubeconfigs. */
export const CONTEXT = "api";

/** Whoever else wants a port of loopback may be quicker. */
const ATTEMPTS = 3;

/**
 * Starts an empty API server, whose programs are built where the cache lacks them.
 * @throws {Error} With the end of the log, when it does not come up.
 */
export async function startApiServer(): Promise<ApiServer> {
  const { kube, operatorManifest } = await ensureClusterTools(createReport());
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "api-server-"));
  const pki = path.join(directory, "pki");
  await ensurePki(pki);
  for (let attempt = 1; ; attempt++) {
    const running: Process[] = [];
    const stop = async () => {
      // The API server first: it would complain of an etcd that is gone.
      for (const process of running.reverse()) await process.end();
    };
    try {
      const port = await freePort();
      const url = `https://127.0.0.1:${port}`;
      const file = path.join(directory, "kubeconfig");
      await fs.writeFile(file, await kubeconfig(pki, "admin", url, CONTEXT), { mode: 0o600 });
      const etcd = `unix://${path.join(directory, "etcd.sock")}`;
      running.push(start(directory, "etcd", [kube, ...etcdCommand(directory, etcd)]));
      running.push(start(directory, "kube-apiserver", [kube, ...apiServerCommand(pki, etcd, port)]));
      await ready(file, running);
      const end = async () => {
        await stop();
        await fs.rm(directory, { recursive: true, force: true });
      };
      return { directory, url, kubeconfig: file, operatorManifest, stop: end };
    } catch (error) {
      await stop();
      if (attempt < ATTEMPTS && /address already in use/.test(String(error))) continue;
      await fs.rm(directory, { recursive: true, force: true });
      throw error;
    }
  }
}

function etcdCommand(directory: string, url: string): string[] {
  return [
    "etcd",
    `--data-dir=${path.join(directory, "etcd")}`,
    `--listen-client-urls=${url}`,
    // To members that there are none of, and no path.
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:0",
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

function apiServerCommand(pki: string, etcd: string, port: number): string[] {
  const file = (name: string) => path.join(pki, name);
  return [
    "kube-apiserver",
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // Nobody looks for it by the service `kubernetes`, which would not take an address of loopback.
    "--endpoint-reconciler-type=none",
    "--advertise-address=127.0.0.1",
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    "--authorization-mode=RBAC",
    `--tls-cert-file=${file("apiserver.crt")}`,
    `--tls-private-key-file=${file("apiserver.key")}`,
    `--client-ca-file=${file("ca.crt")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${file("service-account.crt")}`,
    `--service-account-signing-key-file=${file("service-account.key")}`,
  ];
}

interface Process {
  readonly name: string;
  readonly log: string;
  /** Of a process that has ended by itself. */
  readonly code: () => number | undefined;
  end(): Promise<void>;
}

// Ends the program when the pipe is closed, as it is however this process ends; a signal to both
// ends this process alone.
const UNTIL_CLOSED = `trap '' HUP INT TERM
exec 3<&0
"$@" 3<&- & child=$!
(cat <&3 >/dev/null; kill -9 $child 2>/dev/null) & watch=$!
exec 3<&-
wait $child; code=$?
kill $watch 2>/dev/null
exit $code`;

function start(directory: string, name: string, command: readonly string[]): Process {
  const log = path.join(directory, `${name}.log`);
  const redirected = `exec >"$1" 2>&1; shift\n${UNTIL_CLOSED}`;
  const child: ChildProcess = spawn("sh", ["-c", redirected, "sh", log, ...command], { stdio: ["pipe", "ignore", "ignore"] });
  let code: number | undefined;
  const ended = once(child, "close").then(([status]) => void (code = (status as number | null) ?? -1));
  child.stdin!.on("error", () => undefined);
  return {
    name,
    log,
    code: () => code,
    end: async () => {
      // Data that are thrown away need no orderly end.
      child.stdin!.destroy();
      await ended;
    },
  };
}

async function ready(file: string, processes: readonly Process[]): Promise<void> {
  const tails = async () =>
    (
      await Promise.all(
        processes.map(async ({ name, log }) => {
          const text = await fs.readFile(log, "utf8").catch(() => "");
          return `${name}:\n${text.split("\n").slice(-15).join("\n")}`;
        }),
      )
    ).join("\n");
  const limit = {
    seconds: PATIENCE_SECONDS,
    everyMs: 50,
    expired: () => new Error(`the API server is not ready after ${PATIENCE_SECONDS} s`),
  };
  const attempt = async () => {
    const dead = processes.find(({ code }) => code() !== undefined);
    if (dead !== undefined) throw new Error(`${dead.name} has ended (exit ${dead.code()})\n${await tails()}`);
    try {
      const { ask } = await connect({ kubeconfig: file, context: CONTEXT });
      return (await ask("GET", "/readyz")).status === 200 || undefined;
    } catch {
      return undefined;
    }
  };
  await eventually(limit, attempt).catch(async (error: Error) => {
    throw error.message.includes("not ready") ? new Error(`${error.message}\n${await tails()}`) : error;
  });
}

/** A port below those that the system gives to whoever asks for any. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = net.createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
