import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hashFile } from "../../lab/artifact";
import { ensureVault } from "../../lab/toolchain";
import { connect, type Ask } from "../../vault/bootstrap/http";
import { serverCertificate } from "./authority";

/** A real Vault on this machine, over TLS, with raft storage that can be lost. */
export interface VaultServer {
  readonly address: string;
  readonly ca: string;
  /** The plugin for Kubernetes authentication, for this build of Vault. */
  readonly plugin: { readonly command: string; readonly sha256: string };
  readonly directory: string;
  /** Vault's own command, for `vault operator ...`. */
  readonly program: string;
  /** Asks Vault something, with a token or without. */
  ask(token?: string): Ask;
  start(): Promise<void>;
  /** Replaces the configuration beside its own, for the next start. */
  configure(extra: string): Promise<void>;
  /** Ends it at once, as the end of a machine would. */
  kill(): Promise<void>;
  /** Removes what it stores; it must not run. */
  wipe(): Promise<void>;
  /** Ends it and removes everything. */
  remove(): Promise<void>;
}

const quiet = { step: <T>(_: string, work: (update: (text: string) => void) => Promise<T>) => work(() => undefined) };

/** @param extra More configuration in Vault's language, for example a seal. */
export async function startVault(extra = ""): Promise<VaultServer> {
  const { vault, kubernetesAuth } = await ensureVault(quiet);
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "vault-"));
  const file = (name: string) => path.join(directory, name);
  const { ca, key, cert } = await serverCertificate(["localhost"]);
  const [port, clusterPort] = [await freePort(), await freePort()];
  const address = `https://localhost:${port}`;
  await fs.writeFile(file("tls.key"), key, { mode: 0o600 });
  await fs.writeFile(file("tls.crt"), cert);
  const configure = (more: string) =>
    fs.writeFile(
      file("vault.hcl"),
      `storage "raft" {
      path = "${file("data")}"
      node_id = "one"
      performance_multiplier = 1
    }
    listener "tcp" {
      address = "127.0.0.1:${port}"
      cluster_address = "127.0.0.1:${clusterPort}"
      tls_cert_file = "${file("tls.crt")}"
      tls_key_file = "${file("tls.key")}"
    }
    api_addr = "${address}"
    cluster_addr = "https://localhost:${clusterPort}"
    disable_mlock = true
    plugin_directory = "${path.dirname(kubernetesAuth)}"
    ${more}`,
    );
  await configure(extra);
  let child: ChildProcess | undefined;
  const server: VaultServer = {
    address,
    ca,
    plugin: { command: path.basename(kubernetesAuth), sha256: await hashFile(kubernetesAuth) },
    directory,
    program: vault,
    configure,
    ask: (token) => connect({ address, ca, headers: () => ({ ...(token && { "x-vault-token": token }) }) }),
    async start() {
      await fs.mkdir(file("data"), { recursive: true });
      const log = openSync(file("vault.log"), "a");
      child = spawn(vault, ["server", `-config=${file("vault.hcl")}`], { stdio: ["ignore", log, log] });
      await once(child, "spawn");
      for (;;) {
        const answered = await server
          .ask()("GET", "/v1/sys/seal-status")
          .then(({ status }) => status === 200)
          .catch(() => false);
        if (answered) return;
        if (child.exitCode !== null) throw new Error(`Vault ended:\n${await fs.readFile(file("vault.log"), "utf8")}`);
        await sleep(50);
      }
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
    wipe: () => fs.rm(file("data"), { recursive: true, force: true }),
    async remove() {
      await server.kill();
      await fs.rm(directory, { recursive: true });
    },
  };
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}
