import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../catalog/service";
import type { Workload } from "../config/schema";
import { hasRotated, type RotationPlan } from "../rotation/plan";
import type { ApplicationCredential } from "./applicationCredential";
import { GENERATION_ANNOTATION, LOGIN_ANNOTATION, ROLLED_OUT } from "../kube/marks";

export interface RestartsArgs {
  /** Namespace of workloads that name none. */
  namespace: pulumi.Input<string>;
  /** What the resource of a workload is called. */
  nameOf: (service: string, workload: Workload) => string;
  /** How long each rollout may take. */
  seconds: number;
  /** In the order in which their workloads are restarted. */
  credentials: readonly Pick<ApplicationCredential, "service" | "plan" | "secret" | "copies" | "done">[];
}

const PATCHES = {
  Deployment: k8s.apps.v1.DeploymentPatch,
  StatefulSet: k8s.apps.v1.StatefulSetPatch,
  DaemonSet: k8s.apps.v1.DaemonSetPatch,
} as const;

/**
 * Restarts what reads a Secret at its start only, when the credential in it is another: one
 * annotation of the pods, which is all that this program owns of a workload. Each is awaited. A
 * service that was never rotated has none.
 *
 * Where the login before is still let in, one workload at a time is restarted, through all services,
 * once its credential is proven, and one that does not come up stops the rest. In place the password
 * before has ended: all are restarted as soon as the Secret is written, and none waits for the proof
 * or for another workload. A workload of another namespace goes by the Secret there.
 */
export class Restarts extends pulumi.ComponentResource {
  constructor(name: string, args: RestartsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Restarts", name, {}, opts);
    let last: pulumi.Resource[] = [];
    for (const { service, plan, secret, copies, done } of args.credentials) {
      if (service.restart !== "rollout" || !hasRotated(plan)) continue;
      for (const workload of service.workloads) {
        // What it reads: that of its own namespace.
        const own = copies.get(workload.namespace ?? "") ?? secret;
        const restart = (after: readonly pulumi.Resource[]) => this.#restart(args, service, credentialIn(own, plan), workload, after);
        if (plan.provenFirst) last = [restart([...done, ...(own === secret ? [] : [own]), ...last])];
        else restart([own]);
      }
    }
    this.registerOutputs();
  }

  #restart(
    { namespace: stackNamespace, nameOf, seconds }: RestartsArgs,
    service: Service,
    credential: pulumi.Input<string>,
    workload: Workload,
    dependsOn: readonly pulumi.Resource[],
  ): pulumi.Resource {
    const { kind, name, namespace = stackNamespace } = workload;
    const patch = (suffix: string, after: readonly pulumi.Resource[]) =>
      new PATCHES[kind](
        nameOf(service.name, workload) + suffix,
        {
          metadata: { name, namespace },
          spec: {
            template: {
              metadata: { annotations: { [`${GENERATION_ANNOTATION}-${service.name}`]: credential } },
            },
          },
        },
        // To take the annotation away would be a restart, too.
        { parent: this, dependsOn: [...after], retainOnDelete: true, customTimeouts: { create: `${seconds}s`, update: `${seconds}s` } },
      );
    const restart = patch("", dependsOn);
    // The provider may begin to wait for a Deployment with what it knew before the change, and takes the old rollout's end for the new one's when
    // Kubernetes has not begun with that. It knows of the change by then: the same patch again changes nothing, and is waited for to the end. Of
    // the other kinds it looks at `status.observedGeneration` all the time.
    return kind === "Deployment" ? patch(ROLLED_OUT, [restart]) : restart;
  }
}

/**
 * Which credential the application's Secret has, as it is registered: with `--target`, one that is not meant has the former one, and a restart that took it for the next would not come again.
 */
function credentialIn(secret: k8s.core.v1.Secret, { active }: RotationPlan): pulumi.Input<string> {
  const planned = `${active.generation} ${active.role}`;
  if (pulumi.runtime.isDryRun()) return planned;
  return secret.metadata.apply((metadata) => {
    const { [GENERATION_ANNOTATION]: generation, [LOGIN_ANNOTATION]: login } = (metadata as typeof metadata | undefined)?.annotations ?? {};
    return generation === undefined || login === undefined ? planned : `${generation} ${login}`;
  });
}
