import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CNPG, apiVersion } from "./groups";

export interface ScheduledBackupSpec {
  cluster: { name: pulumi.Input<string> };
  /** Six fields, the first one seconds: `0 0 2 * * *` is two in the morning. */
  schedule: string;
  method?: "barmanObjectStore" | "volumeSnapshot" | "plugin";
  target?: "primary" | "prefer-standby";
  immediate?: boolean;
  suspend?: boolean;
  backupOwnerReference?: "none" | "self" | "cluster";
  pluginConfiguration?: { name: string; parameters?: Record<string, string> };
}

export interface ScheduledBackupArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: ScheduledBackupSpec;
}

/**
 * A CloudNativePG ScheduledBackup. Source of the fields: CloudNativePG's API reference,
 * `ScheduledBackup`.
 */
export class ScheduledBackup extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ScheduledBackupArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(CNPG), kind: "ScheduledBackup", ...args }, opts);
  }
}
