import * as fs from "node:fs/promises";
import * as path from "node:path";
import { execa, type Options } from "execa";
import { digest } from "./artifact";
import { importImages } from "./cluster/images";
import { requireLabMachine } from "./cluster/machine";
import { manifests } from "./cluster/manifests";
import { ensurePki, kubeconfig } from "./cluster/pki";
import { sandboxProcesses } from "./cluster/processes";
import { isReady, kubectl, whenApiAnswers, whenReady, whenRuntimeAnswers, type Client } from "./cluster/readiness";
import { readRecord, writeRecord } from "./cluster/record";
import { insideSandbox, startSandbox, stopSandbox } from "./cluster/sandbox";
import { ensureImages, type Images } from "./images";
import { withLock } from "./lock";
import { ensureNodePackages } from "./node/packages";
import { isMissing, labName, labsDirectory, readTree, REPOSITORY } from "./paths";
import type { Report, Update } from "./progress";
import type { ClusterTools } from "./toolchain";

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

/** A lab of this machine, running or not. */
export interface LabStatus {
  readonly name: string;
  readonly dir: string;
  /** The clone that it belongs to, if its start got far enough to say. */
  readonly repository: string | undefined;
  readonly running: boolean;
}

export const LAB_CONTEXT = "cnpg-credentials-lab";

const directoryOf = (name: string) => path.join(labsDirectory(), name);

/**
 * Starts the lab of this clone, or finds it running. What was interrupted at any point is ended and started again, with
 * the data that it had.
 * @throws {LabError} When this machine cannot hold a lab, or a part of it does not come up.
 */
export async function startLab({ report, tools, name = labName() }: { report: Report; tools: ClusterTools; name?: string }): Promise<Lab> {
  await requireLabMachine();
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
  const lab: Lab = {
    name,
    dir,
    kubeconfig: path.join(dir, "kubeconfig"),
    context: LAB_CONTEXT,
    postgresImage: images.postgres.reference,
    logs: path.join(dir, "logs"),
  };
  const client: Client = { directory: dir, kube: tools.kube, kubeconfig: lab.kubeconfig };
  // What its processes are started from: with other inputs they are ended and started again.
  const inputs = digest([JSON.stringify({ tools, packages, images }), ...(await readTree(path.join(__dirname, "cluster")))]);
  const record = await readRecord(dir);
  if (record?.inputs === inputs && (await isReady(client))) return lab;

  await stopSandbox(dir);
  for (const directory of ["logs", "volumes"]) await fs.mkdir(path.join(dir, directory), { recursive: true, mode: 0o700 });
  await ensurePki(path.join(dir, "pki"));
  const programs = { kube: tools.kube, provisioner: tools.provisioner };
  const port = await startSandbox({ directory: dir, packages, programs, preferredPort: record?.port });
  await writeRecord(dir, { repository: REPOSITORY, port, inputs });
  const credentials = await kubeconfig(path.join(dir, "pki"), "admin", `https://127.0.0.1:${port}`, LAB_CONTEXT);
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
 * Ends a lab's processes and removes what they leave on the host; with `purge`, its data as well. A lab that does not
 * run, or does not exist, is stopped already.
 * @throws {LabError} When a process does not end.
 */
export async function stopLab(name: string, { purge, report }: { purge: boolean; report: Report }): Promise<void> {
  const dir = directoryOf(name);
  await report.step(purge ? "Removing the lab" : "Stopping the lab", (update) =>
    underLock(name, update, async () => {
      await stopSandbox(dir);
      if (purge) await fs.rm(dir, { recursive: true, force: true });
    }),
  );
}

/** What is known of a lab, whether it exists or not. */
export async function labStatus(name: string): Promise<LabStatus> {
  const dir = directoryOf(name);
  const record = await readRecord(dir);
  return { name, dir, repository: record?.repository, running: (await sandboxProcesses(dir)).some((process) => process.isInit) };
}

/** The labs that have data on this machine, running or not. */
export async function listLabs(): Promise<readonly LabStatus[]> {
  const names = await fs.readdir(labsDirectory()).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return await Promise.all(names.sort().map(labStatus));
}

/**
 * Runs a command within a lab's namespaces, where its services and pods can be reached, and returns what it wrote.
 * @throws {LabError} When the lab does not run.
 * @throws {ExecaError} When the command fails.
 */
export async function labExec(name: string, command: readonly string[], options: Options = {}): Promise<{ stdout: string; stderr: string }> {
  const [file, ...args] = await insideSandbox(directoryOf(name), command);
  const { stdout, stderr } = await execa(file, args, { ...options, encoding: "utf8", lines: false });
  return { stdout, stderr };
}

/** A lab is started and stopped by one process at a time. */
function underLock<T>(name: string, update: Update, work: () => Promise<T>): Promise<T> {
  const dir = directoryOf(name);
  return withLock(dir, (owner) => update(`waiting for process ${owner}, which is starting or stopping it`), work);
}
