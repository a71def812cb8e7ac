import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectRole } from "./roleAttributes";
import { CNPG, apiVersion } from "./groups";

export interface DatabaseRoleSpec extends ObjectRole {
  /** Immutable. */
  cluster: { name: pulumi.Input<string> };
  /** What becomes of the role when this object is deleted. */
  databaseRoleReclaimPolicy: "retain" | "delete";
}

export interface DatabaseRoleArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: DatabaseRoleSpec;
}

/**
 * A CloudNativePG DatabaseRole (1.30 and later). Source of the fields: CloudNativePG's API
 * reference, `DatabaseRole`.
 */
export class DatabaseRole extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: DatabaseRoleArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(CNPG), kind: "DatabaseRole", ...args }, opts);
  }
}
