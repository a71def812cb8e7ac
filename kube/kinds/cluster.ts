import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CNPG, apiVersion } from "./groups";

/** A Secret of the same namespace. */
export interface SecretName {
  name: pulumi.Input<string>;
}

/**
 * A role as CloudNativePG manages it: an entry of `spec.managed.roles`, and, less `ensure`, the
 * body of a DatabaseRole.
 */
export interface RoleConfiguration {
  name: string;
  comment?: string;
  /** `absent` drops the role, where it is an inline one. @default "present" */
  ensure?: string;
  login: boolean;
  superuser: boolean;
  createdb: boolean;
  createrole: boolean;
  replication: boolean;
  bypassrls: boolean;
  inherit: boolean;
  /** Concurrent connections, -1 for no limit. */
  connectionLimit: number;
  inRoles?: string[];
  /**
   * A Secret of the Cluster's namespace with the keys `username` (equal to `name`) and `password`.
   */
  passwordSecret?: SecretName;
  /** Sets the password to none. Not beside `passwordSecret`. */
  disablePassword?: boolean;
}

export interface StorageConfiguration {
  /** A Kubernetes quantity, for example `20Gi`. May grow, never shrink. */
  size: string;
  storageClass?: string;
}

/**
 * The part of `Cluster.spec` (postgresql.cnpg.io/v1, CloudNativePG 1.30) that this program writes.
 */
export interface ClusterSpec {
  instances: number;
  imageName?: pulumi.Input<string>;
  imagePullPolicy?: string;
  imagePullSecrets?: { name: string }[];
  inheritedMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  storage: StorageConfiguration;
  walStorage?: StorageConfiguration;
  enableSuperuserAccess: boolean;
  certificates?: {
    /**
     * A Secret with `ca.crt` and `ca.key`, by which the server's certificate is signed. Absent:
     * CloudNativePG's own authority.
     */
    serverCASecret?: pulumi.Input<string>;
    /**
     * Names that the server's certificate has beside those of the Cluster's own services. Another
     * list is another certificate.
     */
    serverAltDNSNames?: pulumi.Input<string>[];
  };
  bootstrap?: { initdb: { database: string; owner: string; secret: { name: pulumi.Input<string> } } };
  postgresql: { parameters: Record<string, string>; pg_hba: string[]; shared_preload_libraries?: string[] };
  managed?: { roles: RoleConfiguration[] };
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  monitoring?: {
    enablePodMonitor: boolean;
    tls?: { enabled: boolean };
    customQueriesConfigMap?: { name: pulumi.Input<string>; key: string }[];
  };
  affinity?: Record<string, unknown>;
  topologySpreadConstraints?: Record<string, unknown>[];
  backup?: Record<string, unknown>;
  plugins?: Record<string, unknown>[];
}

export interface ClusterArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: ClusterSpec;
}

/** A CloudNativePG Cluster. Source of the fields: CloudNativePG's API reference, `Cluster`. */
export class Cluster extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ClusterArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(CNPG), kind: "Cluster", ...args }, opts);
  }
}
