import * as fs from "node:fs/promises";
import * as net from "node:net";

/** A plugin of pulumi's, by its program and by its one argument, the address of its engine. */
const PLUGIN = /\/pulumi-(?:resource|language)-[^/\0]+\0(?:.*\0)?127\.0\.0\.1:(\d+)\0/;

/**
 * Ends the plugins of engines that were killed while they worked on this project. Left alone they
 * notice within minutes, and until then may go on with what they were doing. Where there is no
 * /proc nothing is done.
 *
 * @param project the directory that pulumi ran in
 * @returns how many were ended
 */
export async function endOrphans(project: string): Promise<number> {
  const root = await fs.realpath(project);
  const pids = (await fs.readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const ended = await Promise.all(
    pids.map(async (pid) => {
      const [arguments_, directory] = await Promise.all([
        fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
        fs.readlink(`/proc/${pid}/cwd`).catch(() => ""),
      ]);
      const port = PLUGIN.exec(arguments_)?.[1];
      if (port === undefined || directory !== root || (await answers(Number(port)))) return false;
      return end(Number(pid));
    }),
  );
  return ended.filter(Boolean).length;
}

/**
 * @returns whether the process still ran: a plugin ends by itself when it notices that its engine
 * is gone.
 */
function end(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("close", () => resolve(false)).setTimeout(1000, () => resolve(true));
    socket.once("connect", () => socket.destroy());
  });
}
