import * as pulumi from "@pulumi/pulumi";
import { ruleObject } from "../../catalog/alertNames";
import type { WatchedCredential } from "./recordings";
import { ruleGroups } from "./rules";
import { PrometheusRule } from "../../kube/kinds/prometheusRule";
import { metadata, type Placement } from "../metadata";

export interface CredentialAlertsArgs {
  /** Name of the Cluster, whose name the rules' metrics have in their labels. Changing it makes another object. */
  cluster: string;
  place: Placement;
  /** The services that are watched. Only when each password was made is known late; what the rules are never depends on it. */
  credentials: readonly WatchedCredential[];
}

/**
 * The alerts of a stack's credentials, as a PrometheusRule. Prometheus takes it when its `ruleSelector` and `ruleNamespaceSelector` do. A rotation rewrites the
 * times in it; nothing waits for it, and it takes no part in whether a credential works.
 */
export class CredentialAlerts extends pulumi.ComponentResource {
  readonly rule: PrometheusRule;

  constructor(name: string, args: CredentialAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:CredentialAlerts", name, {}, opts);
    const { cluster, place, credentials } = args;
    const scope = { namespace: place.namespace, cluster, stack: place.stack };
    this.rule = new PrometheusRule(
      name,
      { metadata: metadata(place, ruleObject(cluster)), spec: { groups: ruleGroups(scope, credentials) } },
      { parent: this },
    );
    this.registerOutputs();
  }
}
