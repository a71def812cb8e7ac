import * as pulumi from "@pulumi/pulumi";
import type { ExternalSecretPlan } from "../../catalog/externalSecrets";
import { fetchedResource } from "../../catalog/names";
import { ExternalSecret } from "../../kube/kinds/externalSecret";
import { BUNDLE_LABEL } from "../../kube/marks";
import { metadata, type Placement } from "../metadata";

export interface ExternalSecretsArgs {
  /** What is fetched. Leaving one out deletes its Secret. */
  plans: readonly ExternalSecretPlan[];
  /** Marks of every object; their namespaces are the plans'. */
  place: Placement;
  /** By namespace, the name of its ClusterSecretStore. */
  stores: ReadonlyMap<string, pulumi.Input<string>>;
}

/** The annotation by which Stakater's Reloader knows Secrets whose readers it restarts. */
const RELOADED = "reloader.stakater.com/match";

/** External Secrets has to let go of an object before it is gone; a stack must not hang for the provider's ten minutes when it does not run. */
const DELETED_WITHIN = "2m";

/**
 * What services and bundles fetch from Vault: one ExternalSecret each, and through it one Secret of that name. An `up` does not wait for them: credentials of databases
 * are not to depend on Vault. `npm run smoke` does.
 */
export class ExternalSecrets extends pulumi.ComponentResource {
  readonly externalSecrets: readonly ExternalSecret[];

  constructor(name: string, args: ExternalSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:ExternalSecrets", name, {}, opts);
    this.externalSecrets = args.plans.map(
      (plan) =>
        new ExternalSecret(`${name}-${fetchedResource(plan.owner, plan.name)}`, externalSecret(plan, args), {
          parent: this,
          customTimeouts: { delete: DELETED_WITHIN },
        }),
    );
    this.registerOutputs();
  }
}

function externalSecret(plan: ExternalSecretPlan, { place, stores }: ExternalSecretsArgs): ConstructorParameters<typeof ExternalSecret>[1] {
  const { name, namespace, owner, kind, data, refreshInterval } = plan;
  const store = stores.get(namespace);
  if (store === undefined) throw new Error(`${name} is fetched into ${namespace}, which has no store`);
  const own = metadata({ ...place, namespace }, name, kind === "service" ? { service: owner } : { labels: { [BUNDLE_LABEL]: owner } });
  return {
    metadata: own,
    spec: {
      secretStoreRef: { name: store, kind: "ClusterSecretStore" },
      refreshPolicy: "Periodic",
      refreshInterval,
      target: {
        name,
        // The Secret goes with this object: nothing is left of what is switched off.
        creationPolicy: "Owner",
        // While this object is there, its Secret keeps what it has, whatever becomes of Vault. With the other policies, External Secrets passes over a path that is missing in
        // Vault: the Secret would lack its keys or go, and be called ready.
        deletionPolicy: "Retain",
        template: {
          type: plan.type,
          engineVersion: "v2",
          metadata: {
            labels: { ...own.labels, ...plan.labels },
            // Reloader looks at the Secret, and not at what makes it.
            annotations: { ...verbatim(own.annotations), ...(plan.restart === "reloader" ? { [RELOADED]: "true" } : {}) },
          },
        },
      },
      data: data.map(({ secretKey, remoteRef }) => ({ secretKey, remoteRef: { ...remoteRef } })),
    },
  };
}

/** Annotations as they are: in a template, External Secrets would fill in what looks like a placeholder, with a secret value for one. */
function verbatim(annotations: Readonly<Record<string, pulumi.Input<string>>>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key, pulumi.output(value).apply((text) => text.replaceAll("{{", '{{ "{{" }}'))]),
  );
}
