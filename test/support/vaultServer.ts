import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { hashFile } from "../../lab/artifact";
import { ensureVault } from "../../lab/toolchain";
import { eventually } from "../../lab/wait";
import { connect, type Ask } from "../../kube/http";
import { initialise, unseal, vaultApi, type VaultApi } from "../../vault/bootstrap/vaultApi";
import { serverCertificate } from "./authority";
import { freePorts } from "./ports";
import { quiet } from "./quiet";

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
  /**
   * Starts it, and waits until it answers: sealed, unless a key service has unsealed it by then.
   */
  start(): Promise<void>;
  /** Waits until it serves requests: it is unsealed, and raft has elected it. */
  serving(): Promise<void>;
  /** Replaces the configuration beside its own, for the next start. */
  configure(extra: string): Promise<void>;
  /** Ends it at once, with no chance to write anything more. */
  kill(): Promise<void>;
  /** Ends it and starts it again, with its storage. */
  restart(): Promise<void>;
  /** Ends it, removes what it stores and starts it again: nobody has initialised it. */
  startOver(): Promise<void>;
  /** Ends it and removes everything. */
  remove(): Promise<void>;
}

/** What a Vault with one unseal key tells who initialises it. */
export interface OpenVault {
  readonly unsealKey: string;
  readonly rootToken: string;
  /** As its root. */
  readonly api: VaultApi;
}

/** More than a start or an election takes on a machine whose cores are busy. */
const PATIENCE_S = 120;
const POLL_MS = 50;

interface Programs {
  readonly vault: string;
  readonly plugins: string;
  readonly plugin: VaultServer["plugin"];
}
let programs: Promise<Programs> | undefined;

async function findPrograms(): Promise<Programs> {
  const { vault, kubernetesAuth } = await ensureVault(quiet);
  return {
    vault,
    plugins: path.dirname(kubernetesAuth),
    plugin: { command: path.basename(kubernetesAuth), sha256: await hashFile(kubernetesAuth) },
  };
}

/** A test that ends before it has removed its Vault leaves neither that nor its files behind. */
const started: ChildProcess[] = [];
const directories: string[] = [];
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

const MEMORY = "/dev/shm";
const ENOUGH_BYTES = 2 ** 30;

/**
 * A new directory, in memory where there is room: raft writes every change through to the disk, and
 * what else the machine does makes that slow. For a process that is killed it makes no difference.
 */
async function makeDirectory(): Promise<string> {
  const free = await fs.statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  const directory = await fs.mkdtemp(path.join(free >= ENOUGH_BYTES ? MEMORY : os.tmpdir(), "vault-"));
  directories.push(directory);
  return directory;
}

/** @param extra More configuration in Vault's language, for example a seal. */
export async function startVault(extra = ""): Promise<VaultServer> {
  const [{ vault, plugins, plugin }, directory, { ca, key, cert }, [port, clusterPort]] = await Promise.all([
    (programs ??= findPrograms()),
    makeDirectory(),
    serverCertificate(["localhost"]),
    freePorts(2),
  ]);
  const file = (name: string) => path.join(directory, name);
  const address = `https://localhost:${port}`;
  await fs.writeFile(file("tls.key"), key, { mode: 0o600 });
  await fs.writeFile(file("tls.crt"), cert);
  // The least multiplier that there is: an election takes a second or two, and not ten.
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
    plugin_directory = "${plugins}"
    ${more}`,
    );
  await configure(extra);
  let child: ChildProcess | undefined;
  const hasEnded = () => child === undefined || child.exitCode !== null || child.signalCode !== null;
  /** Asks until the status of the answer is 200. */
  const answers = async (question: string, what: string) => {
    const ask = server.ask();
    let seen = "";
    const log = () => `the end of its log:\n${readFileSync(file("vault.log"), "utf8").split("\n").slice(-30).join("\n")}`;
    const expired = () => new Error(`Vault does not ${what} within ${PATIENCE_S} s: ${question} gives ${seen}; ${log()}`);
    await eventually({ seconds: PATIENCE_S, everyMs: POLL_MS, expired }, async () => {
      if (hasEnded()) throw new Error(`Vault has ended; ${log()}`);
      seen = await ask("GET", question).then(
        ({ status }) => String(status),
        (error: unknown) => String(error),
      );
      return seen === "200" ? true : undefined;
    });
  };
  const server: VaultServer = {
    address,
    ca,
    plugin,
    directory,
    program: vault,
    configure,
    ask: (token) => connect({ address, ca, headers: () => ({ ...(token && { "x-vault-token": token }) }) }),
    async start() {
      await fs.mkdir(file("data"), { recursive: true });
      const log = await fs.open(file("vault.log"), "a");
      child = spawn(vault, ["server", `-config=${file("vault.hcl")}`], { stdio: ["ignore", log.fd, log.fd] });
      started.push(child);
      await once(child, "spawn");
      await log.close();
      await answers("/v1/sys/seal-status", "answer");
    },
    serving: () => answers("/v1/sys/health", "serve requests"),
    async kill() {
      if (hasEnded()) return;
      child!.kill("SIGKILL");
      await once(child!, "exit");
    },
    async restart() {
      await server.kill();
      await server.start();
    },
    async startOver() {
      await server.kill();
      await fs.rm(file("data"), { recursive: true, force: true });
      await server.start();
    },
    async remove() {
      await server.kill();
      await fs.rm(directory, { recursive: true });
    },
  };
  await server.start();
  return server;
}

/** Initialises a Vault with one unseal key, unseals it and waits until it serves requests. */
export async function open(server: VaultServer): Promise<OpenVault> {
  const { keys_base64: keys, root_token: rootToken } = await initialise(server.ask(), PATIENCE_S * 1000);
  await unseal(vaultApi(server.ask()), keys[0]);
  await server.serving();
  return { unsealKey: keys[0], rootToken, api: vaultApi(server.ask(rootToken)) };
}
