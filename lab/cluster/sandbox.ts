import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as path from "node:path";
import { execa } from "execa";
import { FixableError } from "../../config/fixableError";
import { REPOSITORY } from "../paths";
import { eventually } from "../wait";
import type { NodePrograms } from "./components";
import { INSIDE } from "./network";
import { sandboxProcesses } from "./processes";

/** What a sandbox is started with. */
export interface SandboxOptions {
  /** The lab's directory. */
  readonly directory: string;
  readonly packages: string;
  readonly programs: NodePrograms;
  /** The port of the host's loopback to serve the API at, if it is free. */
  readonly preferredPort: number | undefined;
}

const GROUPS = "/sys/fs/cgroup";
const STOP_SECONDS = 30;

/**
 * Starts the processes of a lab's machine, which outlive this one, and returns the port that the host finds its API at.
 * What goes wrong before they have logs of their own is in `logs/sandbox.log`.
 */
export async function startSandbox({ directory, packages, programs, preferredPort }: SandboxOptions): Promise<number> {
  const listener = await listen(preferredPort);
  const log = await fs.open(path.join(directory, "logs", "sandbox.log"), "w");
  try {
    const supervisor = [path.join(__dirname, "supervisor.ts"), JSON.stringify(programs)];
    const runtime = [process.execPath, "--require", path.join(REPOSITORY, "cli/typescript.cjs")];
    const child = spawn(path.join(__dirname, "sandbox.sh"), [directory, packages, ...runtime, ...supervisor], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log.fd, log.fd, descriptor(listener)],
    });
    await once(child, "spawn");
    child.unref();
    return (listener.address() as net.AddressInfo).port;
  } finally {
    listener.close();
    await log.close();
  }
}

/**
 * Ends everything that runs in a lab's sandbox, and removes what it leaves on the host: control groups. Its network and
 * mounts end with its processes.
 * @throws {FixableError} When something remains, which only an uninterruptible process makes happen.
 */
export async function stopSandbox(directory: string): Promise<void> {
  const expired = () => new FixableError(`Processes of the lab in ${directory} do not end`, "restart the machine");
  await eventually({ seconds: STOP_SECONDS, expired }, async () => {
    const processes = await sandboxProcesses(directory);
    for (const { pid } of processes) kill(pid);
    return processes.length === 0 || undefined;
  });
  // A process is gone from /proc a little before it is gone from its group.
  await eventually(
    { seconds: STOP_SECONDS, expired },
    async () => (await removeGroups(`cnpg-credentials-${path.basename(directory)}`)) || undefined,
  );
}

/** Removes the control groups of this name, wherever they are, and says whether none is left. */
async function removeGroups(name: string): Promise<boolean> {
  // The groups of pods come before the lab's own, which holds them.
  const named = ["(", "-path", `*/${name}`, "-o", "-path", `*/${name}/*`, ")"];
  const { stdout } = await execa("find", [GROUPS, "-ignore_readdir_race", "-depth", "-type", "d", ...named]);
  try {
    for (const group of stdout.split("\n").filter(Boolean)) await fs.rmdir(group);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}

/**
 * A command line that runs `command` within the sandbox's namespaces, below the lab's directory.
 * @throws {FixableError} When the sandbox does not run.
 */
export async function insideSandbox(directory: string, command: readonly string[]): Promise<readonly [string, ...string[]]> {
  const init = (await sandboxProcesses(directory)).find((process) => process.isInit);
  if (!init)
    throw new FixableError(`The lab in ${directory} does not run`, "npm run up", { log: path.join(directory, "logs", "sandbox.log") });
  const namespaces = ["--net", "--mount", "--uts", "--ipc", "--cgroup", "--pid"];
  return ["nsenter", `--target=${init.pid}`, ...namespaces, `--wdns=${INSIDE}`, "--", ...command];
}

/** A socket that listens on loopback, at `port` unless another process has it. */
async function listen(port: number | undefined): Promise<net.Server> {
  const server = net.createServer();
  try {
    server.listen({ host: "127.0.0.1", port: port ?? 0 });
    await once(server, "listening");
    return server;
  } catch (error) {
    if (port === undefined || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return await listen(undefined);
  }
}

/** The file descriptor of a listening socket: Node has no public name for what a child is to inherit of a server. */
function descriptor(server: net.Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
