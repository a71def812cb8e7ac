import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { digest, exists } from "./artifact";
import { importImages } from "./cluster/images";
import { requireLabMachine } from "./cluster/machine";
import { manifests } from "./cluster/manifests";
import { ensurePki, kubeconfig } from "./cluster/pki";
import { sandboxProcesses } from "./cluster/processes";
import { kubectl, stillWorks, whenApiAnswers, whenReady, whenRuntimeAnswers, type Client } from "./cluster/readiness";
import { readRecord, writeRecord } from "./cluster/record";
import { insideSandbox, startSandbox, stopSandbox } from "./cluster/sandbox";
import { ensureImages, type Images } from "./images";
import type { Image } from "./images/image";
import { withLock } from "./lock";
import { ensureNodePackages } from "./node/packages";
import { isMissing, labName, labsDirectory, readTree, REPOSITORY } from "./paths";
import type { Report, Update } from "./progress";
import { ensureClusterTools, type ClusterTools } from "./toolchain";

/** A throw-away Kubernetes cluster of one node on this machine, with the CloudNativePG operator. */
export interface Lab {
  readonly name: string;
  /** Where everything that the lab keeps is. */
  readonly dir: string;
  /** The file that reaches it from the host, with an administrator's credentials; and the context in it. */
  readonly kubeconfig: string;
  readonly context: string;
  /** A Postgres image that the node has, with its real version as its tag. */
  readonly postgresImage: string;
  /** The directory of its processes' logs. */
  readonly logs: string;
}

/** A lab that has data on this machine. */
export interface LabEntry {
  readonly name: string;
  readonly dir: string;
  /** The clone that it belongs to, if its start got far enough to say. */
  readonly repository: string | undefined;
  readonly running: boolean;
}

const CONTEXT = "cnpg-credentials-lab";

const directoryOf = (name: string) => path.join(labsDirectory(), name);

/**
 * Starts the lab of this clone, or finds it running. What was interrupted at any point is ended and started again, with
 * the data that it had.
 * @throws {FixableError} When this machine cannot hold a lab, or a part of it does not come up.
 */
export async function startLab(report: Report, name = labName()): Promise<Lab> {
  await requireLabMachine();
  const tools = await ensureClusterTools(report);
  const packages = await report.step("Node packages", ensureNodePackages);
  const images = await report.step("Images", (update) => ensureImages({ ...tools, packages }, update));
  return await report.step("Cluster", (update) => underLock(name, update, () => start(name, { tools, packages, images }, update)));
}

interface Parts {
  readonly tools: ClusterTools;
  readonly packages: string;
  readonly images: Images;
}

async function start(name: string, { tools, packages, images }: Parts, update: Update): Promise<Lab> {
  const dir = directoryOf(name);
  const lab = describe(name, images.postgres.reference);
  const client: Client = { directory: dir, kube: tools.kube, kubeconfig: lab.kubeconfig };
  // What its processes are started from: with other inputs they are ended and started again.
  const inputs = digest([JSON.stringify({ tools, packages, images }), ...(await readTree(path.join(__dirname, "cluster")))]);
  const record = await readRecord(dir);
  if (record?.inputs === inputs && (await stillWorks(client))) return lab;

  await stopSandbox(dir);
  for (const directory of ["logs", "volumes"]) await fs.mkdir(path.join(dir, directory), { recursive: true, mode: 0o700 });
  await ensurePki(path.join(dir, "pki"));
  const programs = { kube: tools.kube, provisioner: tools.provisioner };
  const port = await startSandbox({ directory: dir, packages, programs, preferredPort: record?.port });
  await writeRecord(dir, { repository: REPOSITORY, port, inputs, postgresImage: lab.postgresImage });
  const credentials = await kubeconfig(path.join(dir, "pki"), "admin", `https://127.0.0.1:${port}`, CONTEXT);
  await fs.writeFile(lab.kubeconfig, credentials, { mode: 0o600 });

  update("starting Kubernetes");
  const imported = whenRuntimeAnswers(client).then(() => importImages(dir, Object.values(images)));
  const applied = whenApiAnswers(client).then(async () => {
    update("applying manifests");
    const wanted = await manifests(tools.operatorManifest, { operator: images.operator.reference, postgres: images.postgres.reference });
    await kubectl(client, ["apply", "--server-side", "--force-conflicts", "--filename=-"], wanted);
  });
  await Promise.all([imported, applied]);
  update("waiting for the operator");
  await whenReady(client);
  return lab;
}

/**
 * Ends a lab's processes and removes what they leave on the host; with `purge`, which is the default, its data as well.
 * Says whether there was a lab: one that does not exist is stopped already.
 * @throws {FixableError} When a process does not end.
 */
export async function stopLab(
  report: Report,
  { name = labName(), purge = true }: { name?: string; purge?: boolean } = {},
): Promise<boolean> {
  const dir = directoryOf(name);
  return await report.step(purge ? "Removing the lab" : "Stopping the lab", (update) =>
    underLock(name, update, async () => {
      const existed = await exists(dir);
      await stopSandbox(dir);
      if (purge) await fs.rm(dir, { recursive: true, force: true });
      return existed;
    }),
  );
}

/**
 * Gives a running lab images that it was not started with. They stay until it is removed; given again, they cost nothing.
 * @throws {FixableError} When the lab does not run.
 */
export async function giveImages(report: Report, lab: Pick<Lab, "name" | "dir">, images: readonly Image[]): Promise<void> {
  await report.step("Images for the lab", (update) => underLock(lab.name, update, () => importImages(lab.dir, images)));
}

/** The lab, if its processes run. */
export async function labStatus(name = labName()): Promise<Lab | undefined> {
  const record = await readRecord(directoryOf(name));
  return record && (await isRunning(name)) ? describe(name, record.postgresImage) : undefined;
}

/** The labs that have data on this machine, running or not. */
export async function listLabs(): Promise<readonly LabEntry[]> {
  const names = await fs.readdir(labsDirectory()).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return await Promise.all(
    names.sort().map(async (name) => {
      const dir = directoryOf(name);
      return { name, dir, repository: (await readRecord(dir))?.repository, running: await isRunning(name) };
    }),
  );
}

/**
 * Runs a command within a lab's namespaces, where its services and pods can be reached, and returns what it wrote.
 * @throws {FixableError} When the lab does not run.
 * @throws {ExecaError} When the command fails.
 */
export async function labExec(
  name: string,
  command: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<{ stdout: string; stderr: string }> {
  const [file, ...args] = await insideSandbox(directoryOf(name), command);
  return await execa(file, args, options);
}

/** A lab is started and stopped by one process at a time. */
function underLock<T>(name: string, update: Update, work: () => Promise<T>): Promise<T> {
  const dir = directoryOf(name);
  return withLock(dir, (owner) => update(`waiting for process ${owner}, which is starting or stopping it`), work);
}

async function isRunning(name: string): Promise<boolean> {
  return (await sandboxProcesses(directoryOf(name))).some((process) => process.isInit);
}

function describe(name: string, postgresImage: string): Lab {
  const dir = directoryOf(name);
  return { name, dir, kubeconfig: path.join(dir, "kubeconfig"), context: CONTEXT, postgresImage, logs: path.join(dir, "logs") };
}
