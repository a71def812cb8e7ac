import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import type { Workload } from "../config/schema";
import type { RotationPlan } from "../rotation/plan";
import type { ApplicationCredential } from "./applicationCredential";
import { GENERATION_ANNOTATION, ROLLED_OUT } from "../kube/marks";

export interface RestartsArgs {
  /** Namespace of workloads that name none. */
  namespace: string;
  /** How long each rollout may take. */
  seconds: number;
  /** In the order in which their workloads are restarted, each once its credential is in its Secret and proven. */
  credentials: readonly Pick<ApplicationCredential, "service" | "plan" | "done">[];
}

const PATCHES = {
  Deployment: k8s.apps.v1.DeploymentPatch,
  StatefulSet: k8s.apps.v1.StatefulSetPatch,
  DaemonSet: k8s.apps.v1.DaemonSetPatch,
} as const;

/**
 * Restarts what reads a Secret at its start only, when the credential in it is another: one annotation of the pods, which is all that this program owns of a workload. One
 * workload at a time, through all services; each is awaited, and one that does not come up stops the rest. A service that was never rotated has none.
 */
export class Restarts extends pulumi.ComponentResource {
  constructor(name: string, args: RestartsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Restarts", name, {}, opts);
    let last: pulumi.Resource[] = [];
    for (const { service, plan, done } of args.credentials) {
      if (service.restart !== "rollout" || !hasRotated(plan)) continue;
      for (const workload of service.workloads) {
        last = [this.#restart(`${name}-${service.name}`, args, service, plan, workload, [...done, ...last])];
      }
    }
    this.registerOutputs();
  }

  #restart(
    name: string,
    { namespace: stackNamespace, seconds }: RestartsArgs,
    service: Service,
    { active }: RotationPlan,
    { kind, name: workload, namespace = stackNamespace }: Workload,
    dependsOn: pulumi.Resource[],
  ): pulumi.Resource {
    const patch = (suffix: string, after: pulumi.Resource[]) =>
      new PATCHES[kind](
        `${name}-${kind}-${namespace}-${workload}`.toLowerCase() + suffix,
        {
          metadata: { name: workload, namespace },
          spec: {
            template: {
              metadata: { annotations: { [`${GENERATION_ANNOTATION}-${service.name}`]: `${active.generation} ${active.role}` } },
            },
          },
        },
        // To take the annotation away would be a restart, too.
        { parent: this, dependsOn: after, retainOnDelete: true, customTimeouts: { create: `${seconds}s`, update: `${seconds}s` } },
      );
    const restart = patch("", dependsOn);
    // The provider may begin to wait for a Deployment with what it knew before the change, and takes the old rollout's end for the new one's when
    // Kubernetes has not begun with that. It knows of the change by then: the same patch again changes nothing, and is waited for to the end. Of
    // the other kinds it looks at `status.observedGeneration` all the time.
    return kind === "Deployment" ? patch(ROLLED_OUT, [restart]) : restart;
  }
}

/** The first credential is nothing to restart for. */
function hasRotated({ active, previous, first }: RotationPlan): boolean {
  return previous !== undefined || active.generation !== first;
}
