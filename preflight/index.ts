import * as pulumi from "@pulumi/pulumi";
import type { Selected } from "../catalog/select";
import type { Service } from "../catalog/service";
import type { Stack } from "../config/load";
import type { Problem } from "../config/problem";
import { refuse } from "../config/refuse";
import { Unreachable } from "../kube/kubeconfig";
import { planRotations, type RotationPlan } from "../rotation/plan";
import { evaluate } from "./evaluate";
import { gather } from "./gather";
import { preflightRequest } from "./request";
import type { ClusterFacts, PreflightRequest } from "./types";
import { checkWorkloads } from "./workloads";

/** What the cluster says that the program goes on with. */
export interface Preflight {
  /** First passwords by service, for those that adopt one. */
  adopted: Readonly<Record<string, string>>;
  /** By service. */
  plans: ReadonlyMap<string, RotationPlan>;
  /** Namespaces of bundles that are not there: nothing can be made in them. */
  missingNamespaces: ReadonlySet<string>;
}

/**
 * Asks the cluster, before anything is changed, everything that would make this `up` fail halfway: whether it answers, whether the operator
 * is there and new enough, whether the account has the rights, whether volumes would shrink, whether an object of a name we are about to use
 * is somebody else's, whose turn it is where logins alternate. Says which services are about to go, and which bundles have no namespace.
 *
 * @param more what there is besides services
 * @throws pulumi.RunError naming every problem with its path and remedy
 */
export async function preflight(
  stack: Stack,
  services: readonly Service[],
  owner: pulumi.Output<string>,
  more?: Pick<Selected, "fetched" | "gates">,
): Promise<Preflight> {
  const request = preflightRequest(stack, services, stack.kubeconfig && (await settled(stack.kubeconfig)), more);
  // The cluster is asked while the engine makes the state's mark.
  const [facts, known] = await Promise.all([ask(request), settled(owner)]);
  if ("remedy" in facts) return refuse(`Cluster of stack ${stack.name}`, [facts]);
  const marked = { ...request, ...(known === undefined ? {} : { owner: known }) };
  const report = evaluate(marked, facts);
  const { plans, problems } = planRotations(services, report.credentials, stack.rotation.settleSeconds);
  const all = [...report.problems, ...problems, ...checkWorkloads(plans, marked, facts)];
  if (all.length > 0) refuse(`Cluster of stack ${stack.name}`, all);
  for (const note of report.notes) void pulumi.log.warn(note);
  const missingNamespaces = new Set(report.missingNamespaces);
  return { adopted: report.adopted, missingNamespaces, plans: new Map(plans.map((plan) => [plan.service, plan])) };
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
