import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CNPG, apiVersion } from "./groups";

export interface DatabaseSpec {
  cluster: { name: pulumi.Input<string> };
  /** Name in Postgres. Immutable. */
  name: string;
  owner: string;
  /** What becomes of the database when this object is deleted. */
  databaseReclaimPolicy: "retain" | "delete";
  /** Of its making; none of them changes afterwards. */
  encoding?: string;
  localeCollate?: string;
  localeCType?: string;
  template?: string;
  extensions?: { name: string; ensure: "present" | "absent"; version?: string; schema?: string }[];
  schemas?: { name: string; ensure: "present" | "absent"; owner: string }[];
}

export interface DatabaseArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: DatabaseSpec;
}

/** A CloudNativePG Database. Source of the fields: CloudNativePG's API reference, `Database`. */
export class Database extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: DatabaseArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(CNPG), kind: "Database", ...args }, opts);
  }
}
