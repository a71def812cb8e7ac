import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import type { Stack } from "../config/load";
import type { Problem } from "../config/problem";
import { refuse } from "../config/refuse";
import { evaluate } from "./evaluate";
import { gather } from "./gather";
import { Unreachable } from "./kubeconfig";
import type { ClusterFacts, PreflightRequest } from "./types";

/**
 * Asks the cluster, before anything is changed, everything that would make this `up` fail halfway: whether it answers, whether the operator
 * is there and new enough, whether the account has the rights, whether volumes would shrink, whether an object of a name we are about to use
 * is somebody else's. Says which services are about to go.
 *
 * @returns first passwords by service, for those that adopt one
 * @throws pulumi.RunError naming every problem with its path and remedy
 */
export async function preflight(stack: Stack, services: readonly Service[], owner: pulumi.Output<string>): Promise<Record<string, string>> {
  const kubeconfig = stack.kubeconfig && (await settled(stack.kubeconfig));
  const { cluster } = stack;
  const request: PreflightRequest = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(stack.context === undefined ? {} : { context: stack.context }),
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
  };
  // The cluster is asked while the engine makes the state's mark.
  const [facts, known] = await Promise.all([ask(request), settled(owner)]);
  if ("remedy" in facts) return refuse(`Cluster of stack ${stack.name}`, [facts]);
  const report = evaluate({ ...request, ...(known === undefined ? {} : { owner: known }) }, facts);
  if (report.problems.length > 0) refuse(`Cluster of stack ${stack.name}`, report.problems);
  for (const note of report.notes) void pulumi.log.warn(note);
  return report.adopted;
}

/** What the cluster says, or that it says nothing. */
async function ask(request: PreflightRequest): Promise<ClusterFacts | Problem> {
  try {
    return await gather(request);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return {
      path: "context",
      message: error.message,
      remedy: "see that `kubectl get namespaces` works with that kubeconfig and context",
    };
  }
}

/** The value of an output, or `undefined` while a preview cannot know it: nothing in the public API tells the two apart. */
async function settled(output: pulumi.Output<string>): Promise<string | undefined> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise((resolve) => output.apply(resolve)) : undefined;
}
