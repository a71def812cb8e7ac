import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../catalog/service";
import { metadata, type Placement } from "../metadata";
import { stackPolicies, type PolicyPlan, type ReachableStack } from "./policies";

export interface NetworkPoliciesArgs {
  /** In the namespace of the pods that they are about. */
  place: Placement;
  policies: readonly PolicyPlan[];
  /** What has to be there before what they let through. @default nothing */
  after?: readonly pulumi.Resource[];
}

/** Who may reach whom in a namespace. A network that does not enforce policies takes no notice of them. */
export class NetworkPolicies extends pulumi.ComponentResource {
  readonly policies: readonly k8s.networking.v1.NetworkPolicy[];

  constructor(name: string, { place, policies, after = [] }: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:NetworkPolicies", name, {}, opts);
    this.policies = policies.map(
      ({ key, name: object, spec }) =>
        new k8s.networking.v1.NetworkPolicy(
          `${name}-${key}`,
          { metadata: metadata(place, object), spec },
          { parent: this, dependsOn: [...after] },
        ),
    );
    this.registerOutputs();
  }
}

/** Those of the stack's own namespace. */
export function limitNetwork(
  stack: ReachableStack,
  { services, gates, place }: { services: readonly Service[]; gates: boolean; place: Placement },
  opts: pulumi.ComponentResourceOptions,
): void {
  new NetworkPolicies("network", { place, policies: stackPolicies(stack, services, { gates }) }, opts);
}
