import * as pulumi from "@pulumi/pulumi";
import { PoolerPatch } from "../kube/kinds/pooler";
import { POOLER_ANNOTATION } from "../kube/marks";
import { serviceHost, type Placement } from "./metadata";

export interface PoolersArgs {
  /** Poolers that are proven by their names. */
  names: readonly string[];
  /** Changes when the authorities do: a Pooler's pods read those again, too. */
  authorities: pulumi.Input<string>;
  place: Placement;
  /** Name of the Cluster, known once its certificate has the Poolers' names. */
  cluster: pulumi.Input<string>;
}

/**
 * Makes Poolers show the certificate that has their names: their pods read it again when the Pooler changes, and otherwise within ten hours. One annotation is all
 * that this program owns of a Pooler.
 * It has its servers' authorities from the Cluster, and reads those again then, too.
 */
export class Poolers extends pulumi.ComponentResource {
  readonly byName: ReadonlyMap<string, PoolerPatch>;

  constructor(name: string, { names, authorities, place, cluster }: PoolersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:Poolers", name, {}, opts);
    const { namespace } = place;
    const make = (pooler: string) => {
      const host = pulumi.all([authorities, cluster]).apply(([digest]) => `${serviceHost(pooler, place)} ${digest}`);
      const metadata = { name: pooler, namespace, annotations: { [POOLER_ANNOTATION]: host } };
      // To take the annotation away from a Pooler that is gone would be an error.
      return new PoolerPatch(`${name}-${pooler}`, { metadata }, { parent: this, retainOnDelete: true });
    };
    this.byName = new Map(names.map((pooler) => [pooler, make(pooler)]));
    this.registerOutputs();
  }
}
