import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment";
import type { VaultConfig } from "../../config/schema";
import { PushSecret, type PushSecretArgs } from "../../kube/kinds/pushSecret";
import { accountsNamespace, mirrored, mirrorPath, mirrorReader, mirrorStore } from "../../vault/access";
import type { ApplicationCredential } from "../applicationCredential";
import { SECRET_VERSION_ANNOTATION } from "../../kube/marks";
import { metadata, type Placement } from "../metadata";
import type { VaultEndpoint } from "./endpoint";
import { SecretStore } from "./secretStore";

export interface CredentialMirrorArgs {
  vault: VaultEndpoint;
  /** The stack's settings. Another mount or store is another mirror: what is in the one before stays there. */
  config: VaultConfig;
  /** First part of the copies' paths. Changing it makes other copies. */
  environment: Environment;
  /** The stack's, where the Secrets are. */
  place: Placement;
  /** Of every service that is on: what is copied, once it has been proven. */
  credentials: readonly Pick<ApplicationCredential, "service" | "secret" | "done">[];
}

/**
 * How often External Secrets looks by itself whether a copy is still the Secret's: it does not notice when the Secret changes. As Go writes an hour: when
 * External Secrets writes the object, for a finalizer, it writes this anew, and another form would be another spec.
 */
const REFRESH = "1h0m0s";
/** How long an `up` waits until External Secrets has removed a copy that is not to be kept. */
const REMOVED_WITHIN = "60s";

/**
 * Copies of what applications read, written into Vault and never read back. Each follows its credential once that is proven, so that it is never ahead of Postgres, and at once. An `up`
 * does not wait for Vault to have taken it.
 */
export class CredentialMirror extends pulumi.ComponentResource {
  constructor(name: string, args: CredentialMirrorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:CredentialMirror", name, {}, opts);
    const { vault, config, place, credentials } = args;
    const accounts = { ...place, namespace: accountsNamespace(config, place.namespace) };
    const copies = mirrorStore(config);
    const { store } = new SecretStore(
      copies,
      {
        vault,
        name: copies,
        place: accounts,
        mount: config.mirror.mount,
        authMount: config.kubernetesAuth.mount,
        namespace: place.namespace,
        checkAndSet: "required",
      },
      { parent: this },
    );
    new k8s.core.v1.ServiceAccount(
      mirrorReader(copies),
      { metadata: metadata(accounts, mirrorReader(copies)), automountServiceAccountToken: false },
      { parent: this },
    );
    const services = mirrored(
      config,
      credentials.map(({ service }) => service),
    );
    for (const credential of credentials.filter(({ service }) => services.includes(service))) {
      new PushSecret(`${name}-${credential.service.name}`, pushSecret(args, credential, copies), {
        parent: this,
        // The store goes last: it takes it to remove a copy.
        dependsOn: [...credential.done, store],
        customTimeouts: { delete: REMOVED_WITHIN },
      });
    }
    this.registerOutputs();
  }
}

function pushSecret(
  { config, environment, place }: CredentialMirrorArgs,
  { service, secret }: CredentialMirrorArgs["credentials"][number],
  store: string,
): PushSecretArgs {
  return {
    metadata: metadata(place, service.secret, {
      service: service.name,
      // A change of it is what External Secrets notices.
      annotations: { [SECRET_VERSION_ANNOTATION]: secret.metadata.resourceVersion },
    }),
    spec: {
      secretStoreRefs: [{ name: store, kind: "ClusterSecretStore" }],
      selector: { secret: { name: service.secret } },
      refreshInterval: REFRESH,
      updatePolicy: "Replace",
      deletionPolicy: config.mirror.retention === "delete" ? "Delete" : "None",
      data: [{ match: { remoteRef: { remoteKey: `${mirrorPath(environment, place.namespace)}/${service.secret}` } } }],
    },
  };
}
