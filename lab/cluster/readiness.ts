import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { FixableError } from "../../config/fixableError";
import { eventually } from "../wait";
import { API_SERVICE_ADDRESS, DNS_ADDRESS } from "./network";
import { insideSandbox } from "./sandbox";
import { sandboxProcesses } from "./processes";
import { apiVersion, CNPG } from "../../kube/kinds/groups";

/** How to ask a lab's API server: the program that is kubectl among others, and the host's kubeconfig. */
export interface Client {
  readonly directory: string;
  readonly kube: string;
  readonly kubeconfig: string;
}

const API_SECONDS = 90;
const READY_SECONDS = 180;
const BUSY_SECONDS = 15;

/** Runs kubectl on the host, with its caches in the lab's directory. */
export async function kubectl({ directory, kube, kubeconfig }: Client, args: readonly string[], input?: string): Promise<string> {
  const own = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${path.join(directory, "kubectl")}`];
  const { stdout } = await execa(kube, ["kubectl", ...own, ...args], { input: input ?? "" });
  return stdout;
}

/**
 * Returns when the node's container runtime answers.
 * @throws {FixableError} When it does not in time, or the sandbox has ended.
 */
export async function whenRuntimeAnswers(client: Client): Promise<void> {
  await until(client, "The container runtime", API_SECONDS, "containerd", () => answers(inside(client, ["ctr", "version"])));
}

/**
 * Returns when the API server answers.
 * @throws {FixableError} When it does not in time, or the sandbox has ended.
 */
export async function whenApiAnswers(client: Client): Promise<void> {
  await until(client, "The API server", API_SECONDS, "kube-apiserver", () => answers(kubectl(client, ["get", "--raw=/readyz"])));
}

/**
 * Returns when everything that a lab promises works: see `isReady`.
 * @throws {FixableError} When it does not in time, or the sandbox has ended.
 */
export async function whenReady(client: Client): Promise<void> {
  await until(client, "The CloudNativePG operator", READY_SECONDS, "kubelet", () => isReady(client));
}

/**
 * Whether a lab works, by use rather than by status, which may be that of an earlier start: the operator's webhook
 * passes a Cluster, and a name is resolved through the service network.
 */
async function isReady(client: Client): Promise<boolean> {
  const cluster = {
    apiVersion: apiVersion(CNPG),
    kind: "Cluster",
    metadata: { name: "probe" },
    spec: { instances: 1, storage: { size: "1Gi" } },
  };
  const admitted = answers(kubectl(client, ["create", "--namespace=default", "--dry-run=server", "--filename=-"], JSON.stringify(cluster)));
  const resolved = answers(resolve(client, "kubernetes.default.svc.cluster.local"));
  return (await admitted) && (await resolved);
}

/**
 * Whether a lab that was started before works still. One that is busy gets some time: to start it anew would end whatever uses it.
 */
export async function stillWorks(client: Client): Promise<boolean> {
  const deadline = performance.now() + BUSY_SECONDS * 1000;
  for (;;) {
    if (await isReady(client)) return true;
    if (performance.now() > deadline || (await sandboxProcesses(client.directory)).length === 0) return false;
    await sleep(500);
  }
}

async function resolve(client: Client, name: string): Promise<void> {
  const script = `
    const resolver = new (require("node:dns").promises.Resolver)({ timeout: 500, tries: 1 });
    resolver.setServers(["${DNS_ADDRESS}"]);
    resolver.resolve4("${name}").then((found) => process.exit(found.includes("${API_SERVICE_ADDRESS}") ? 0 : 1));`;
  await inside(client, [process.execPath, "--eval", script]);
}

async function inside(client: Client, command: readonly string[]): Promise<void> {
  const [file, ...args] = await insideSandbox(client.directory, command);
  await execa(file, args);
}

async function until(client: Client, what: string, seconds: number, component: string, probe: () => Promise<boolean>): Promise<void> {
  const logs = path.join(client.directory, "logs");
  const expired = () =>
    new FixableError(
      `${what} did not answer within ${seconds} s`,
      "`npm run up` again keeps the lab's data; `npm run down` first makes it anew",
      { log: path.join(logs, `${component}.log`) },
    );
  await eventually({ seconds, expired }, async () => {
    if (await probe()) return true;
    if ((await sandboxProcesses(client.directory)).length === 0)
      throw new FixableError("The lab's processes have ended", undefined, { log: path.join(logs, "sandbox.log") });
    return undefined;
  });
}

/** Whether a command succeeded. While something starts, each of its ways to fail means the same. */
async function answers(command: Promise<unknown>): Promise<boolean> {
  return await command.then(
    () => true,
    () => false,
  );
}
