import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CNPG, apiVersion } from "./groups";

export interface PoolerPatchArgs {
  metadata: { name: string; namespace: string; annotations: Record<string, pulumi.Input<string>> };
}

/**
 * Single fields of a CloudNativePG Pooler, which is somebody else's. Source of the fields:
 * CloudNativePG's API reference, `Pooler`.
 */
export class PoolerPatch extends k8s.apiextensions.CustomResourcePatch {
  constructor(name: string, args: PoolerPatchArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(CNPG), kind: "Pooler", ...args }, opts);
  }
}
