import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { labName, labsDirectory } from "../../../lab/paths";
import { ROOT } from "./commands";

/** What of the host a lab could leave something in. */
export interface HostState {
  readonly links: readonly string[];
  readonly routes: readonly string[];
  readonly mounts: readonly string[];
}

/** The host's network and mounts at the moment. */
export async function hostState(): Promise<HostState> {
  const lines = (text: string) => text.split("\n").sort();
  const { stdout: links } = await execa("ip", ["-brief", "link"]);
  const { stdout: routes } = await execa("ip", ["route"]);
  return { links: lines(links), routes: lines(routes), mounts: lines(await fs.readFile("/proc/self/mounts", "utf8")) };
}

/** The control groups of this clone's lab, and the command lines of its processes and of its engine's. */
export async function leftOfLab(): Promise<{ groups: string[]; processes: string[] }> {
  const own = ["-type", "d", "-path", `*${labName()}*`];
  const { stdout: groups } = await execa("find", ["/sys/fs/cgroup", "-ignore_readdir_race", ...own]);
  const processes = await Promise.all((await fs.readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(belongsToLab));
  return { groups: groups.split("\n").filter(Boolean), processes: processes.flat() };
}

/** With the lab's own data: they go with it, and what is remembered is of this lab. */
const file = (): string => path.join(labsDirectory(), labName(), "e2e", "host.json");

/** Keeps what the host was like before the lab that runs now. */
export async function rememberHostState(state: HostState): Promise<void> {
  await fs.mkdir(path.dirname(file()), { recursive: true });
  await fs.writeFile(file(), JSON.stringify(state));
}

/** What the host was like before the lab that runs now; `undefined` when nobody has looked. */
export async function rememberedHostState(): Promise<HostState | undefined> {
  const text = await fs.readFile(file(), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as HostState);
}

/**
 * The command line of a process of this clone's lab or of its engine: by its arguments, its directory, or its control group. A zombie has ended; that it is
 * still listed is up to the host's process 1, and some (a container's entry point, say) never ask.
 */
async function belongsToLab(pid: string): Promise<string[]> {
  const read = (file: string) => fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
  const [line, groups, directory] = [await read("cmdline"), await read("cgroup"), await fs.readlink(`/proc/${pid}/cwd`).catch(() => "")];
  if (/^State:\s+Z/m.test(await read("status"))) return [];
  const isLab = `${line} ${groups}`.includes(labName());
  const isPlugin = /pulumi-(resource|language)/.test(line) && directory === ROOT;
  return isLab || isPlugin ? [line.replaceAll("\0", " ")] : [];
}
