import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { queriesObject, QUERIES_KEY } from "../catalog/alertNames";
import { QUERIES } from "./alerts/queries";
import { Cluster } from "../kube/kinds/cluster";
import { ScheduledBackup } from "../kube/kinds/scheduledBackup";
import { clusterSpec, poolerHosts, type PostgresClusterArgs } from "./clusterSpec";
import { metadata, waitFor } from "./metadata";

/** A CloudNativePG cluster with its inline roles, its pg_hba lines and its scheduled backups; ready when the operator says so. */
export class PostgresCluster extends pulumi.ComponentResource {
  /** The Cluster's name, known to consumers once the Cluster is ready. */
  readonly clusterName: pulumi.Output<string>;

  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cnpg-credentials:index:PostgresCluster", name, {}, opts);
    const { config, place } = args;
    const queries = args.alerts === undefined || args.alerts === "none" ? undefined : roleQueries(name, args, this);
    // Said once the certificate is there.
    const named = poolerHosts(args).map((host) => `jsonpath={.status.certificates.serverAltDNSNames[?(@=="${host}")]}`);
    const cluster = new Cluster(
      name,
      {
        metadata: metadata(place, config.name, { annotations: waitFor("condition=Ready", ...named) }),
        spec: clusterSpec(args, queries?.metadata.name),
      },
      {
        parent: this,
        protect: config.protection === "protected",
        // What the cluster was made from stays what it is: without it CloudNativePG would turn to a user `app` that does not exist.
        ignoreChanges: ["spec.bootstrap"],
        customTimeouts: { create: config.readyTimeout, update: config.readyTimeout },
      },
    );
    this.clusterName = cluster.metadata.name;
    for (const [schedule, spec] of Object.entries(config.backup?.schedules ?? {})) {
      new ScheduledBackup(
        `${name}-${schedule}`,
        { metadata: metadata(place, schedule), spec: { cluster: { name: this.clusterName }, ...spec } },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

/** CloudNativePG's custom queries; with the label, an instance takes up a change of them at once. */
function roleQueries(name: string, { config, place }: PostgresClusterArgs, parent: pulumi.Resource): k8s.core.v1.ConfigMap {
  const labels = { "cnpg.io/reload": "true" };
  return new k8s.core.v1.ConfigMap(
    `${name}-queries`,
    { metadata: metadata(place, queriesObject(config.name), { labels }), data: { [QUERIES_KEY]: QUERIES } },
    { parent },
  );
}
