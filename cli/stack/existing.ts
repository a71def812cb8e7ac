// A stack that commands only read: none is made, no passphrase, and the engine is fetched only
// where it alone can read the state.
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import type { StackOutputs } from "../../catalog/outputs";
import { FixableError } from "../../config/fixableError";
import { isMissing } from "../../lab/paths";
import { engineDirectory } from "./project";
import type { Report } from "../../lab/progress";
import { ensurePulumi } from "../../lab/toolchain";
import { mendBackend, stateFile } from "../recover/recover";
import type { Pulumi } from "../shared/pulumi";
import { notUp, readOutputs } from "./engine";
import { backendOf, type Backend } from "./stack";
import type { Target } from "./target";

/** What a state has in the place of a value that is encrypted in it. */
const SECRET = "4dabf18193072939515e22adb298388d";

/**
 * The outputs of a stack of a cluster that has answered.
 *
 * @throws FixableError when it has not been brought up
 */
export async function existingOutputs(report: Report, target: Target, name: string): Promise<StackOutputs> {
  const backend = await backendOf(target.directory, process.env);
  const found = await inDirectory(backend, name);
  if (found === "missing") throw notUp(name, ` on ${target.title}: there is none of that name in ${backend.url}`);
  if (found !== "unread") return readOutputs(name, found.outputs);
  const { cwd, env } = await engineOn(report, target, backend);
  const args = ["stack", "output", "--json", "--stack", name, "--non-interactive"];
  const { exitCode, stdout, stderr } = await execa("pulumi", args, { cwd, env, reject: false, stdin: "ignore" });
  if (exitCode === 0) return readOutputs(name, JSON.parse(stdout));
  if (/no stack named/.test(stderr)) throw notUp(name, `: there is none of that name in ${backend.url}`);
  throw new FixableError(`the state of stack ${name} in ${backend.url} cannot be read\n${stderr.trim()}`, "correct what it names");
}

/**
 * Where pulumi finds a stack that is there, with what it takes to run it.
 *
 * @throws FixableError when it has not been brought up, as far as that is known without an engine
 */
export async function existingStack(report: Report, target: Target, name: string): Promise<Pulumi> {
  await requireStack(target, name);
  const pulumi = await engineOn(report, target, await backendOf(target.directory, process.env));
  await mendBackend(pulumi);
  return pulumi;
}

/** @throws FixableError when a stack is known not to be there */
export async function requireStack(target: Target, name: string): Promise<void> {
  const backend = await backendOf(target.directory, process.env);
  if ((await inDirectory(backend, name)) === "missing")
    throw notUp(name, ` on ${target.title}: there is none of that name in ${backend.url}`);
}

async function engineOn(report: Report, target: Target, backend: Backend): Promise<Pulumi> {
  const tools = await ensurePulumi(report);
  const hasProject = await fs.access(path.join(target.directory, "Pulumi.yaml")).then(
    () => true,
    () => false,
  );
  const env = { ...process.env, ...tools, KUBECONFIG: target.kubeconfig, ...backend.env };
  return { cwd: hasProject ? target.directory : engineDirectory(), env };
}

/** The outputs of a stack whose state is a plain file; `unread`: only the engine can tell. */
async function inDirectory({ url }: Backend, name: string): Promise<{ outputs: unknown } | "missing" | "unread"> {
  if (!url.startsWith("file://")) return "unread";
  const file = await stateFile({ cwd: engineDirectory(), env: { PULUMI_BACKEND_URL: url } }, name);
  try {
    const { checkpoint } = JSON.parse(await fs.readFile(file!, "utf8")) as {
      checkpoint?: { latest?: { resources?: { type: string; outputs?: unknown }[] } | null };
    };
    if (checkpoint === undefined) return "unread";
    const outputs = checkpoint.latest?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
    return JSON.stringify(outputs ?? {}).includes(SECRET) ? "unread" : { outputs };
  } catch (error) {
    if (!isMissing(error)) return "unread";
  }
  const others = await fs.readdir(path.dirname(file!)).catch(() => [] as string[]);
  return others.some((one) => one.startsWith(`${name}.json.`) && !one.endsWith(".bak") && !one.endsWith(".attrs")) ? "unread" : "missing";
}
