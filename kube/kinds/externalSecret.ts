import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { EXTERNAL_SECRETS, apiVersion } from "./groups";

/** What is fetched: a path of the store's, and of what is there one property, or all of it. */
export interface ExternalSecretRemoteRef {
  key: string;
  property?: string;
  version?: string;
  decodingStrategy?: "None" | "Base64" | "Base64URL" | "Auto";
  conversionStrategy?: "Default" | "Unicode";
  metadataPolicy?: "None" | "Fetch";
}

/** The part of `ExternalSecret.spec` (external-secrets.io/v1) that this program writes. */
export interface ExternalSecretSpec {
  secretStoreRef: { name: pulumi.Input<string>; kind: "ClusterSecretStore" | "SecretStore" };
  /**
   * How often the store is asked, a duration of Go's; `CreatedOnce` and `OnChange` do without.
   * @default Periodic, every hour
   */
  refreshPolicy?: "CreatedOnce" | "Periodic" | "OnChange";
  refreshInterval?: string;
  target: {
    name: string;
    /** `Owner`: the Secret belongs to this object and goes with it. */
    creationPolicy: "Owner" | "Orphan" | "Merge" | "None";
    /** What becomes of the Secret when there is nothing left in the store. */
    deletionPolicy: "Retain" | "Delete" | "Merge";
    /** For a type other than Opaque, metadata, or keys made of several values. */
    template?: {
      type?: string;
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, pulumi.Input<string>> };
      engineVersion?: "v2";
      data?: Record<string, string>;
    };
  };
  /** Key by key. */
  data?: { secretKey: string; remoteRef: ExternalSecretRemoteRef }[];
  /** All keys of a path, under their own names. */
  dataFrom?: { extract: ExternalSecretRemoteRef }[];
}

export interface ExternalSecretArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: ExternalSecretSpec;
}

/**
 * An ExternalSecret of External Secrets (0.16 and later). Source of the fields: its API
 * specification, `ExternalSecret`.
 */
export class ExternalSecret extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ExternalSecretArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(EXTERNAL_SECRETS), kind: "ExternalSecret", ...args }, opts);
  }
}
