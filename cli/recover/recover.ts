import { execFile, type ExecFileOptions } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { FixableError } from "../../config/fixableError";
import { directoryOfBackend, enterPlace, otherPlace, ownPlace, type Place } from "../../config/enginePlaces";
import { endOrphans } from "./orphans";
import type { Pulumi } from "../shared/pulumi";

const run = promisify(execFile);

/** Runs pulumi; where it fails, its own words are what there is to say. */
async function exec(program: "pulumi" | "ps", args: readonly string[], options: ExecFileOptions): Promise<{ stdout: string }> {
  try {
    return await run(program, args, { ...options, encoding: "utf8" });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (program !== "pulumi" || typeof code !== "number") throw error;
    throw new FixableError(
      `pulumi ${args.join(" ")} failed\n${(stderr ?? "").trim()}`,
      "`pulumi login` and --stack say which state is meant",
    );
  }
}

const PROJECT = path.resolve(__dirname, "../..");

/**
 * Clears what a killed run leaves in a stack's state, and nothing else: locks whose owner is dead,
 * plugins of dead engines, and the notes of operations that were under way. What such an operation
 * has made in the cluster carries this state's mark, so the next `up` takes it up.
 *
 * @param stack name as pulumi knows it; absent: the selected one
 * @param here where this process runs
 * @default what the system says
 * @returns what was done, a line each; empty when there was nothing to do
 * @throws UpdateRunning when a lock's owner lives
 * @throws FixableError when a lock's owner cannot be looked at
 */
export async function recover(pulumi: Pulumi, stack?: string, here?: Place): Promise<string[]> {
  const select = stack === undefined ? [] : ["--stack", stack];
  const backend = await backendDirectory(pulumi);
  const done = await mend(backend);
  const name = backend === undefined ? "" : lastPart(stack ?? (await selectedStack(pulumi)));
  for (const lock of await staleLocks(pulumi, backend, name, here ?? (await ownPlace()))) {
    await fs.rm(lock.file, { force: true });
    done.push(`removed the lock of process ${lock.pid}, which is dead (${lock.timestamp})`);
  }
  const orphans = await endOrphans(PROJECT);
  if (orphans > 0) done.push(`ended ${orphans} plugins of engines that are dead`);
  const file = await plainState(pulumi, backend, name);
  if (file !== undefined && (await pendingIn(file))?.length === 0) return done;
  const { stdout } = await exec("pulumi", ["stack", "export", ...select], { ...pulumi, maxBuffer: 1 << 30 });
  const state = JSON.parse(stdout) as { deployment?: Deployment };
  const pending = state.deployment?.pending_operations ?? [];
  if (pending.length === 0) return done;
  // Secrets in an exported state are as encrypted as in the state itself; the file is still nobody
  // else's business.
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "cnpg-credentials-"));
  try {
    const edited = path.join(directory, "state.json");
    delete state.deployment!.pending_operations;
    await fs.writeFile(edited, JSON.stringify(state), { mode: 0o600 });
    await exec("pulumi", ["stack", "import", ...select, "--file", edited], pulumi);
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
  return [
    ...done,
    ...pending.map((operation) => `forgot the interrupted ${operation.type} of ${operation.resource.urn.split("::").slice(-2).join(" ")}`),
  ];
}

interface Deployment {
  pending_operations?: { resource: { urn: string }; type: string }[];
}

/**
 * Whether a stack is there as a file that is read without the engine, whose start takes longer than
 * everything else here: where it is not, it may still be there.
 */
export async function hasStateFile(pulumi: Pulumi, stack: string): Promise<boolean> {
  return (await plainState(pulumi, await backendDirectory(pulumi), lastPart(stack))) !== undefined;
}

/** Where a stack's state is as plain JSON, if it is, in a backend that is a directory. */
export async function stateFile(pulumi: Pulumi, stack: string): Promise<string | undefined> {
  const backend = await backendDirectory(pulumi);
  return backend && fileIn(backend, await projectName(pulumi.cwd), lastPart(stack));
}

const fileIn = (backend: string, project: string, name: string): string => path.join(backend, ".pulumi", "stacks", project, `${name}.json`);

/** The file of a stack's state, where the backend is a directory and has it as plain JSON. */
async function plainState(pulumi: Pulumi, backend: string | undefined, name: string): Promise<string | undefined> {
  if (backend === undefined) return undefined;
  const file = fileIn(backend, await projectName(pulumi.cwd), name);
  return await fs.access(file).then(
    () => file,
    () => undefined,
  );
}

/** `undefined` for a file that only the engine may know how to read. */
async function pendingIn(file: string): Promise<Deployment["pending_operations"]> {
  const text = await fs.readFile(file, "utf8");
  try {
    const { checkpoint } = JSON.parse(text) as { checkpoint?: { latest?: Deployment | null } };
    return checkpoint && (checkpoint.latest?.pending_operations ?? []);
  } catch {
    return undefined;
  }
}

/** Says in a backend that is a directory that an engine is about to lock a stack from here. */
export async function announceEngine(pulumi: Pulumi): Promise<void> {
  const backend = await backendDirectory(pulumi);
  if (backend !== undefined) await enterPlace(backend, await ownPlace());
}

/**
 * Removes what a killed engine was writing beside the files of a backend that is a directory:
 * pulumi replaces those whole, but their attributes (`*.attrs`, of use to nobody) piece by piece,
 * and with one that is cut short it reads no stack at all (`error: EOF`).
 *
 * @returns what was done, a line each
 */
export async function mendBackend(pulumi: Pulumi): Promise<string[]> {
  return mend(await backendDirectory(pulumi));
}

async function mend(backend: string | undefined): Promise<string[]> {
  if (backend === undefined) return [];
  const root = path.join(backend, ".pulumi");
  const names = await fs.readdir(root, { recursive: true }).catch(() => [] as string[]);
  const files = names.filter((name) => name.endsWith(".attrs")).map((name) => path.join(root, name));
  const cut = await Promise.all(files.map(isCutShort));
  const broken = files.filter((_, index) => cut[index]);
  for (const file of broken) await fs.rm(file, { force: true });
  return broken.map((file) => `removed ${file}, which was cut short`);
}

async function isCutShort(file: string): Promise<boolean> {
  try {
    JSON.parse(await fs.readFile(file, "utf8"));
    return false;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}

/** A lock whose owner lives. */
export class UpdateRunning extends FixableError {
  constructor({ pid, username, timestamp }: Pick<Lock, "pid" | "username" | "timestamp">) {
    super(`process ${pid} of ${username} is updating the stack since ${timestamp}`, "wait until it has ended");
  }
}

interface Lock {
  file: string;
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/**
 * Locks are files only in a backend that is a directory; the others know themselves whether an
 * update still runs.
 */
async function staleLocks(pulumi: Pulumi, backend: string | undefined, name: string, here: Place | undefined): Promise<Lock[]> {
  if (backend === undefined) return [];
  const directory = path.join(backend, ".pulumi", "locks", "organization", await projectName(pulumi.cwd), name);
  const names = await fs.readdir(directory).catch(() => [] as string[]);
  const locks = await Promise.all(names.filter((name) => name.endsWith(".json")).map((name) => readLock(path.join(directory, name))));
  for (const lock of locks) {
    if (lock.hostname !== os.hostname()) {
      throw new FixableError(
        `${lock.file}: the lock is of ${lock.username}@${lock.hostname}, process ${lock.pid}, and only that machine can tell whether it lives`,
        "run `npm run recover` there; if the machine is gone for good, `pulumi cancel`",
      );
    }
    if (await lives(lock.pid, new Date(lock.timestamp))) {
      throw new UpdateRunning(lock);
    }
    const other = await otherPlace(backend, here, new Date(lock.timestamp));
    if (other !== undefined)
      throw new FixableError(
        `${lock.file}: no process ${lock.pid} is here, and another container or machine with the hostname ${lock.hostname} has used this state: only there it can be seen whether it lives`,
        `run \`npm run recover\` there; if that is gone for good, remove ${other} and run this again`,
      );
  }
  return locks;
}

/** The directory that a backend is; `undefined` for all others. */
async function backendDirectory({ cwd, env }: Pulumi): Promise<string | undefined> {
  const url =
    env.PULUMI_BACKEND_URL ?? (JSON.parse((await exec("pulumi", ["whoami", "--json"], { cwd, env })).stdout) as { url: string }).url;
  return directoryOfBackend(url, cwd);
}

async function readLock(file: string): Promise<Lock> {
  try {
    return { file, ...(JSON.parse(await fs.readFile(file, "utf8")) as Omit<Lock, "file">) };
  } catch (cause) {
    throw new FixableError(
      `${file} cannot be read as a lock (${(cause as Error).message})`,
      "see whether an update runs; if none does, remove the file",
    );
  }
}

/**
 * Whether the process that took a lock still runs; one that began after the lock was taken only has
 * its number.
 */
async function lives(pid: number, taken: Date): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const { stdout } = await exec("ps", ["-o", "lstart=", "-o", "stat=", "-p", String(pid)], { env: { ...process.env, LC_ALL: "C" } }).catch(
    () => ({ stdout: "" }),
  );
  const line = /^(.*\d{4})\s+(\S+)\s*$/.exec(stdout.trim());
  if (line === null) return false;
  const [, started, state] = line as unknown as [string, string, string];
  // A second's grace: `ps` rounds, and the lock is taken a moment after the start.
  return !state.startsWith("Z") && new Date(started).getTime() <= taken.getTime() + 1000;
}

async function projectName(cwd: string): Promise<string> {
  const project = await fs.readFile(path.join(cwd, "Pulumi.yaml"), "utf8");
  return /^name:\s*(\S+)/m.exec(project)![1]!;
}

/**
 * `organization/project/stack` is a name, too; a backend that is a directory has one organization,
 * and we one project.
 */
const lastPart = (name: string): string => name.split("/").at(-1)!;

async function selectedStack({ cwd, env }: Pulumi): Promise<string> {
  const { stdout } = await exec("pulumi", ["stack", "--show-name"], { cwd, env });
  return stdout.trim();
}
