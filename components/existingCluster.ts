import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { apiVersion, CNPG } from "../kube/kinds/groups";
import type { StackConfig } from "../config/schema";
import { roleQueries } from "./clusterQueries";
import type { Placement } from "./metadata";

export interface ExistingClusterArgs {
  place: Placement;
  /** ScheduledBackups that this stack has made for it: they stay, and are managed no more. */
  scheduledBackups: readonly string[];
  /** As of a Cluster of the stack's own; that the instances export it, whoever writes the Cluster says. @default "none" */
  alerts: StackConfig["alerts"];
}

/**
 * A Cluster that is somebody else's: it is read, and nothing is written to it. It stands in the place
 * of a PostgresCluster of the same name, so that the engine lets go of one that this stack has made:
 * a resource that was managed and is only read is relinquished, and neither deleted nor replaced.
 */
export class ExistingCluster extends pulumi.ComponentResource {
  /** The Cluster's name, known once it has been read. */
  readonly clusterName: pulumi.Output<string>;

  constructor(name: string, { place, scheduledBackups, alerts }: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:PostgresCluster", name, { namespace: place.namespace, existing: true }, opts);
    const read = (resource: string, kind: string, object: string) =>
      k8s.apiextensions.CustomResource.get(resource, {
        apiVersion: apiVersion(CNPG),
        kind,
        id: `${place.namespace}/${object}`,
        parent: this,
      });
    const cluster = read(name, "Cluster", name);
    for (const schedule of scheduledBackups) read(`${name}-${schedule}`, "ScheduledBackup", schedule);
    if (alerts !== "none") roleQueries(name, { cluster: name, place }, this);
    this.clusterName = cluster.id.apply(() => name);
    this.registerOutputs({ clusterName: this.clusterName });
  }
}
