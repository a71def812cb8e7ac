import * as fs from "node:fs/promises";

/** A process of the host that belongs to a sandbox. */
export interface SandboxProcess {
  readonly pid: number;
  /** Whether it is process 1 inside, whose namespaces are the sandbox's and whose end is its end. */
  readonly isInit: boolean;
}

/**
 * Whether a command line is that of `sandbox.sh <directory>` or `init.sh <directory>`, or of `unshare` starting the
 * latter. Only the scripts' names are compared: a clone may have been moved since.
 */
export function startsSandbox(commandLine: readonly string[], directory: string): boolean {
  return commandLine.some(
    (argument, index) => /\/lab\/cluster\/(sandbox|init)\.sh$/.test(argument) && commandLine[index + 1] === directory,
  );
}

/**
 * The processes that hold up the sandbox of a lab. They are found by what they were started as rather than by recorded
 * ids: ids are used again, after a restart of the machine in particular, and whoever starts a lab may be killed before
 * it could record one.
 */
export async function sandboxProcesses(directory: string): Promise<readonly SandboxProcess[]> {
  const ids = (await fs.readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    ids.map(async (id): Promise<SandboxProcess | undefined> => {
      const commandLine = await readProcess(id, "cmdline");
      if (!startsSandbox(commandLine.split("\0"), directory)) return undefined;
      const inside = /^NSpid:.*\t(\d+)$/m.exec(await readProcess(id, "status"))?.[1];
      return { pid: Number(id), isInit: inside === "1" };
    }),
  );
  return found.filter((process) => process !== undefined);
}

/** A file of /proc/<id>; empty when the process has ended meanwhile. */
async function readProcess(id: string, file: string): Promise<string> {
  try {
    return await fs.readFile(`/proc/${id}/${file}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
