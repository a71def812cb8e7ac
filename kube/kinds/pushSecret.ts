import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PUSH_SECRETS, apiVersion } from "./groups";

/** The part of `PushSecret.spec` (external-secrets.io/v1alpha1) that this program writes. */
export interface PushSecretSpec {
  secretStoreRefs: { name: pulumi.Input<string>; kind: "ClusterSecretStore" | "SecretStore" }[];
  /**
   * The Secret that is copied. A change of it is noticed at the next refresh, or when this object's
   * metadata change.
   */
  selector: { secret: { name: pulumi.Input<string> } };
  refreshInterval: string;
  /** `IfNotExists` leaves alone what is there. */
  updatePolicy: "Replace" | "IfNotExists";
  /** What becomes of the copy when this object is deleted. */
  deletionPolicy: "None" | "Delete";
  /** Without `secretKey` and `property` the whole Secret becomes one map. */
  data: { match: { secretKey?: string; remoteRef: { remoteKey: string; property?: string } } }[];
}

export interface PushSecretArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: PushSecretSpec;
}

/** A PushSecret of External Secrets. Source of the fields: its API specification, `PushSecret`. */
export class PushSecret extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: PushSecretArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(PUSH_SECRETS), kind: "PushSecret", ...args }, opts);
  }
}
