import * as fs from "node:fs/promises";
import { labStatus } from "../../../lab/cluster";
import { NAMESPACE } from "./place";

/** What runs in the lab that a test stops or kills, by how its command line begins. */
const PROGRAMS = {
  operator: /^\/manager controller /,
  // The instance manager, process 1 of the container: Postgres ends with it. Of this file's stack: each has one.
  postgres: /^\/controller\/manager instance run/,
  apiServer: /^\S+ kube-apiserver /,
  kubelet: /^\S+ kubelet /,
} as const;
export type Program = keyof typeof PROGRAMS;

/** The ids, on the host, of a program of this clone's lab. Other labs on the machine have their own control groups. */
export async function processIds(program: Program): Promise<number[]> {
  const lab = await labStatus();
  if (lab === undefined) throw new Error("the lab does not run");
  const group = `/cnpg-credentials-${lab.name}/`;
  const ids = (await fs.readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    ids.map(async (id) => {
      const [line, groups] = await Promise.all(
        ["cmdline", "cgroup"].map((file) => fs.readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")),
      );
      const isOurs =
        PROGRAMS[program].test(line!.replaceAll("\0", " ")) &&
        `${groups!.replaceAll("\n", "/\n")}/`.includes(group) &&
        (program !== "postgres" || (await namespaceOf(id)) === NAMESPACE);
      return isOurs ? [Number(id)] : [];
    }),
  );
  return found.flat();
}

/** The namespace that an instance manager was told it is in. */
async function namespaceOf(id: string): Promise<string | undefined> {
  const environment = await fs.readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
  return /(?:^|\0)NAMESPACE=([^\0]*)/.exec(environment)?.[1];
}

/** Sends a signal to a program of the lab. Returns how many processes have got it. */
export async function signal(program: Program, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<number> {
  const ids = await processIds(program);
  for (const id of ids) process.kill(id, name);
  return ids.length;
}
