import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { EXTERNAL_SECRETS, apiVersion } from "./groups";

/**
 * Which namespaces may use a store: those that any of the conditions is true of. Without
 * conditions, all may.
 */
export interface SecretStoreCondition {
  namespaces?: string[];
  namespaceSelector?: { matchLabels: Record<string, string> };
  namespaceRegexes?: string[];
}

/** A kv engine of Vault's, and how External Secrets logs in there. */
export interface VaultProvider {
  /** `https://…` */
  server: pulumi.Input<string>;
  /** The mount. References are below it. */
  path: string;
  version: "v2";
  /** The authority of the server's certificate: PEM in base64, or where it is. */
  caBundle?: pulumi.Input<string>;
  caProvider?: { type: "ConfigMap" | "Secret"; name: pulumi.Input<string>; key: string; namespace: pulumi.Input<string> };
  auth: {
    kubernetes: {
      /** Where the authentication method is mounted, without `auth/`. */
      mountPath: string;
      role: string;
      /** Whose token is presented; it is made for the audiences, and for the moment. */
      serviceAccountRef: { name: pulumi.Input<string>; namespace: pulumi.Input<string>; audiences: string[] };
    };
  };
  /** Writes name the version that they replace. */
  checkAndSet?: { required: boolean };
}

/** The part of `ClusterSecretStore.spec` (external-secrets.io/v1) that this program writes. */
export interface ClusterSecretStoreSpec {
  provider: { vault: VaultProvider };
  conditions: SecretStoreCondition[];
  /** Seconds between two checks that the store answers. */
  refreshInterval?: number;
}

export interface ClusterSecretStoreArgs {
  metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
  spec: ClusterSecretStoreSpec;
}

/**
 * A ClusterSecretStore of External Secrets (0.16 and later). Source of the fields: its API
 * specification, `ClusterSecretStore`.
 */
export class ClusterSecretStore extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: ClusterSecretStoreArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: apiVersion(EXTERNAL_SECRETS), kind: "ClusterSecretStore", ...args }, opts);
  }
}
