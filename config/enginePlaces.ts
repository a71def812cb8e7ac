import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where the number of a process means something: a kernel since it was started, and in it those
 * processes that see each other. Two containers may have one hostname, and one directory with a state.
 */
export interface Place {
  readonly hostname: string;
  /** Of the machine; empty where nobody has given it one. */
  readonly machine: string;
  /** Of its kernel, another one each time that it is started. */
  readonly boot: string;
  /** Of processes: `pid:[4026531836]`. */
  readonly namespace: string;
}

/** Before it locks a stack, an engine takes a moment to start. */
const START_MS = 3_600_000;
/** Longer than any run. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** This process's; absent where the system does not tell. */
export async function ownPlace(): Promise<Place | undefined> {
  const read = (file: string) => fs.readFile(file, "utf8").then((text) => text.trim());
  try {
    return {
      hostname: os.hostname(),
      machine: await read("/etc/machine-id").catch(() => ""),
      boot: await read("/proc/sys/kernel/random/boot_id"),
      namespace: await fs.readlink("/proc/self/ns/pid"),
    };
  } catch {
    return undefined;
  }
}

const directoryOf = (backend: string) => path.join(backend, ".pulumi", "cnpg-credentials", "places");

/** The directory of a backend that is one. @param cwd What a relative one is in. */
export function directoryOfBackend(url: string, cwd: string): string | undefined {
  if (!url.startsWith("file://")) return undefined;
  const location = url.replace(/^file:\/\/~/, `file://${os.homedir()}`).replace(/\?.*$/, "");
  return location.startsWith("file:///") ? fileURLToPath(location) : path.resolve(cwd, location.slice("file://".length));
}

/**
 * Says it of the engine that runs this program, where nobody has said it before: of a `pulumi up`
 * that no command has started, which has its lock by now.
 */
export async function enterPlaceOfProgram(env = process.env, cwd = process.cwd()): Promise<void> {
  const credentials = path.join(env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "credentials.json");
  const read = async () => (JSON.parse(await fs.readFile(credentials, "utf8")) as { current?: string }).current;
  const url = env.PULUMI_BACKEND_URL ?? (await read().catch(() => undefined));
  const backend = url === undefined ? undefined : directoryOfBackend(url, cwd);
  // No `up` ends for want of a note that a later `recover` may read.
  if (backend !== undefined) await enterPlace(backend, await ownPlace()).catch(() => undefined);
}

/** Says in the backend that an engine is about to be started here. */
export async function enterPlace(backend: string, place: Place | undefined): Promise<void> {
  if (place === undefined) return;
  const directory = directoryOf(backend);
  // Its own file each: nobody writes another's.
  const own = `${place.boot}-${place.namespace.replace(/\D/g, "")}.json`;
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  await fs.writeFile(path.join(directory, own), JSON.stringify(place), { mode: 0o600 });
  // Each container that there ever was would have one.
  for (const name of await fs.readdir(directory)) {
    const file = path.join(directory, name);
    const used = await lastUsed(file);
    if (used !== undefined && used < Date.now() - KEPT_MS) await fs.rm(file, { force: true });
  }
}

/**
 * Another place with this one's hostname, from which a lock of that time may be.
 * @returns the file that says so, or one that cannot be read
 */
export async function otherPlace(backend: string, place: Place | undefined, taken: Date): Promise<string | undefined> {
  if (place === undefined) return undefined;
  const directory = directoryOf(backend);
  for (const name of await fs.readdir(directory).catch(() => [] as string[])) {
    const file = path.join(directory, name);
    const used = await lastUsed(file);
    if (used !== undefined && used >= taken.getTime() - START_MS && (await mayLive(file, place))) return file;
  }
  return undefined;
}

async function mayLive(file: string, place: Place): Promise<boolean> {
  const text = await fs.readFile(file, "utf8").catch(() => "");
  const other = placeIn(text);
  if (other === undefined) return true;
  // A process from before this machine was started is dead.
  const isFormer = other.boot !== place.boot && other.machine === place.machine && place.machine !== "";
  const isHere = other.boot === place.boot && other.namespace === place.namespace;
  return !isHere && !isFormer && other.hostname === place.hostname;
}

function placeIn(text: string): Place | undefined {
  try {
    return JSON.parse(text) as Place;
  } catch {
    return undefined;
  }
}

/** In milliseconds; absent where the file is gone. */
const lastUsed = (file: string) =>
  fs.stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
