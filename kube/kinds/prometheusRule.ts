import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PROMETHEUS, apiVersion } from "./groups";

/** A rule that makes a series of what it finds. */
export interface RecordingRule {
  record: string;
  /** PromQL. */
  expr: pulumi.Input<string>;
  labels?: Record<string, string>;
}

/** A rule that alerts for each series it finds. */
export interface AlertingRule {
  alert: string;
  /** PromQL. */
  expr: string;
  /** How long it must hold, as Prometheus writes durations: `15m`. Absent: not at all. */
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/**
 * Groups are evaluated each on its own, the rules of one in their order. The very format of
 * Prometheus's rule files.
 */
export interface RuleGroup {
  name: string;
  rules: (RecordingRule | AlertingRule)[];
}

export interface PrometheusRuleArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: { groups: RuleGroup[] };
}

/**
 * Rules for the Prometheus operator. Source of the fields: the Prometheus operator's API reference,
 * `PrometheusRule` (monitoring.coreos.com/v1).
 */
export class PrometheusRule extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: PrometheusRuleArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(PROMETHEUS), kind: "PrometheusRule", ...args }, opts);
  }
}
