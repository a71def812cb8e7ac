import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterSecretStore } from "../../kube/kinds/clusterSecretStore";
import { AUDIENCE } from "../../vault/access";
import { clusterMetadata, metadata, type Placement } from "../metadata";
import type { VaultEndpoint } from "./endpoint";

export interface SecretStoreArgs {
  vault: VaultEndpoint;
  /** Of the store, of its service account, and of its role in Vault. Changing it makes another store. */
  name: string;
  /** Namespace and marks of the service account. */
  place: Placement;
  /** The kv engine. References are below it. */
  mount: string;
  /** Where Kubernetes authentication is mounted in Vault. */
  authMount: string;
  /** The namespace whose ExternalSecrets and PushSecrets may use it. */
  namespace: string;
  /** Writes name the version that they replace. @default "none" */
  checkAndSet?: "none" | "required";
}

/** How soon a store that Vault did not answer is looked at again. External Secrets' own default is five minutes. */
const CHECK_SECONDS = 60;

/**
 * What External Secrets reaches Vault by: a ClusterSecretStore that logs in with the token of a service account of its own, made for the moment, and may be used from
 * one namespace. A SecretStore in that namespace would need its account there, where any pod can take its token. An `up` does not wait for it to answer: credentials of databases are not to depend on Vault.
 */
export class SecretStore extends pulumi.ComponentResource {
  readonly store: ClusterSecretStore;

  constructor(name: string, args: SecretStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:SecretStore", name, {}, opts);
    const { vault, place, mount, authMount, namespace, checkAndSet = "none" } = args;
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      // Its token is asked for when it is needed, and mounted nowhere.
      { metadata: metadata(place, args.name), automountServiceAccountToken: false },
      { parent: this },
    );
    this.store = new ClusterSecretStore(
      name,
      {
        metadata: clusterMetadata(place, args.name),
        spec: {
          conditions: [{ namespaces: [namespace] }],
          refreshInterval: CHECK_SECONDS,
          provider: {
            vault: {
              server: vault.address,
              path: mount,
              version: "v2",
              ...(vault.ca === undefined ? {} : { caBundle: pulumi.output(vault.ca).apply(base64) }),
              ...(vault.caSecret === undefined ? {} : { caProvider: { type: "Secret", key: "ca.crt", ...vault.caSecret } }),
              ...(checkAndSet === "required" ? { checkAndSet: { required: true } } : {}),
              auth: {
                kubernetes: {
                  mountPath: authMount,
                  role: args.name,
                  serviceAccountRef: { name: account.metadata.name, namespace: place.namespace, audiences: [AUDIENCE] },
                },
              },
            },
          },
        },
      },
      { parent: this, dependsOn: [...vault.ready] },
    );
    this.registerOutputs();
  }
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
