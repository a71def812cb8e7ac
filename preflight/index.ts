import { spawn } from "node:child_process";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import type { Stack } from "../config/load";
import { refuse } from "../config/refuse";
import type { PreflightReport, PreflightRequest } from "./types";

/**
 * Asks the cluster, before anything is changed, everything that would make this `up` fail halfway: whether it answers, whether the operator
 * is there and new enough, whether the account has the rights, whether volumes would shrink, whether an object of a name we are about to use
 * is somebody else's. Says which services are about to go.
 *
 * @returns first passwords by service, for those that adopt one
 * @throws pulumi.RunError naming every problem with its path and remedy
 */
export async function preflight(stack: Stack, services: readonly Service[], owner: pulumi.Output<string>): Promise<Record<string, string>> {
  const [known, kubeconfig] = await Promise.all([settled(owner), stack.kubeconfig && settled(stack.kubeconfig)]);
  const { cluster } = stack;
  const report = await check({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(stack.context === undefined ? {} : { context: stack.context }),
    ...(known === undefined ? {} : { owner: known }),
    ...(stack.takeOver === undefined ? {} : { takeOver: stack.takeOver }),
    namespace: stack.namespace,
    stack: stack.name,
    cluster: {
      name: cluster.name,
      storageSize: cluster.storage.size,
      storageClasses: [cluster.storage.class ?? null, ...(cluster.walStorage ? [cluster.walStorage.class ?? null] : [])],
      ...(cluster.walStorage ? { walStorageSize: cluster.walStorage.size } : {}),
    },
    podMonitor: cluster.monitoring === "podMonitor",
    imagePullSecrets: cluster.imagePullSecrets,
    databaseRoles: stack.roleApi === "databaseRole",
    scheduledBackups: Object.keys(cluster.backup?.schedules ?? {}),
    services: services.map(({ name, secret, roleSecret, secretType, adopt }) => ({
      name,
      secret,
      roleSecret,
      secretType,
      ...(adopt ? { adopt } : {}),
    })),
  });
  if (report.problems.length > 0) refuse(`Cluster of stack ${stack.name}`, report.problems);
  for (const note of report.notes) void pulumi.log.warn(note);
  return report.adopted;
}

async function check(request: PreflightRequest): Promise<PreflightReport> {
  const child = spawn(process.execPath, ["--require", require.resolve("sucrase/register/ts"), path.join(__dirname, "main.ts")], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined); // A child that died before reading says why on its standard error.
  child.stdin.end(JSON.stringify(request));
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve)),
  ]);
  if (code !== 0) throw new Error(`the check of the cluster ended with ${code}:\n${errors}`);
  return JSON.parse(output) as PreflightReport;
}

/** The value of an output, or `undefined` while a preview cannot know it: nothing in the public API tells the two apart. */
async function settled(output: pulumi.Output<string>): Promise<string | undefined> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise((resolve) => output.apply(resolve)) : undefined;
}
